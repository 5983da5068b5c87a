"""The batch in the path of a call."""

from docurift.api.problems import ErrorCode, Problem
from docurift.api.routes import Call
from docurift.model.batch import Batch
from docurift.model.ids import BatchId
from docurift.storage import batches


def batch_id_of(call: Call) -> BatchId:
    """The batch id in the path.

    Raises:
        Problem: `BATCH_NOT_FOUND`: it has not the form of one.
    """
    return BatchId(call.item_id("batch", Problem(ErrorCode.BATCH_NOT_FOUND)))


async def find_batch(call: Call, batch_id: BatchId) -> Batch:
    """The organization's batch of this id.

    Raises:
        Problem: `BATCH_NOT_FOUND`.
    """
    async with call.services.db.reading() as conn:
        batch = await batches.by_id(conn, organization_id=call.organization_id, batch_id=batch_id)
    if batch is None:
        raise Problem(ErrorCode.BATCH_NOT_FOUND)
    return batch
