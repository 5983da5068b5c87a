"""The seccomp program: made once, and each process's own in the one place that names it."""

import struct

import pytest

from docurift.worker.syscalls import INSTRUCTION_BYTES, TABLES, program


@pytest.mark.parametrize("machine", TABLES)
def test_programs_differ_in_the_number_of_their_process_and_in_nothing_else(machine: str) -> None:
    one, other = program(TABLES[machine], pid=1_234_567), program(TABLES[machine], pid=7_654_321)

    steps = range(0, len(one), INSTRUCTION_BYTES)
    differing = [at for at in steps if one[at : at + INSTRUCTION_BYTES] != other[at : at + INSTRUCTION_BYTES]]

    assert len(one) == len(other)
    (at,) = differing
    assert struct.unpack_from("=I", one, at + 4) == (1_234_567,)
    assert struct.unpack_from("=I", other, at + 4) == (7_654_321,)


@pytest.mark.parametrize("machine", TABLES)
def test_every_call_of_the_table_is_compared_with(machine: str) -> None:
    table = TABLES[machine]
    code = program(table, pid=1)

    compared = {struct.unpack_from("=HBBI", code, at)[3] for at in range(0, len(code), INSTRUCTION_BYTES)}

    assert {*table.refused, table.clone, table.signal_thread, table.set_limits, table.audit} <= compared
