"""What must be true of jobs and their documents, told what was done to them: the model of test_state_machine."""

from dataclasses import dataclass, field

from docurift.model.ids import JobId
from docurift.model.job import JobStatus

FINAL = (JobStatus.COMPLETED, JobStatus.FAILED)


@dataclass
class ExpectedJob:
    """`is_due`: its result's time is over."""

    document_id: str
    expires: bool
    status: JobStatus = JobStatus.PENDING
    attempt: int = 0
    tries: int = 0
    progress: int = 0
    leased: bool = False
    held: bool = False
    has_result: bool = False
    is_due: bool = False


@dataclass
class ExpectedDocument:
    """It lives as long as its newest job says, from the end of that on."""

    newest: JobId
    expires: bool = False
    is_due: bool = False
    is_gone: bool = False


@dataclass
class Lives:
    """All of them."""

    jobs: dict[JobId, ExpectedJob] = field(default_factory=dict[JobId, ExpectedJob])
    documents: dict[str, ExpectedDocument] = field(default_factory=dict[str, ExpectedDocument])

    def begin(self, job_id: JobId, document_id: str, *, expires: bool = False) -> JobId:
        self.jobs[job_id] = ExpectedJob(document_id=document_id, expires=expires)
        self.documents[document_id] = ExpectedDocument(newest=job_id)
        return job_id

    def complete(self, job_id: JobId) -> None:
        job = self.jobs[job_id]
        job.progress, job.has_result = 100, True
        self._end(job_id, JobStatus.COMPLETED)

    def fail(self, job_id: JobId) -> None:
        self._end(job_id, JobStatus.FAILED)

    def is_busy(self, document_id: str) -> bool:
        return any(job.document_id == document_id and job.status not in FINAL for job in self.jobs.values())

    def is_gone(self, document_id: str) -> bool:
        return self.documents[document_id].is_gone

    def bury(self, document_id: str) -> None:
        self.documents[document_id].is_gone = True
        for job in self.jobs.values():
            if job.document_id == document_id:
                job.has_result = False

    def its_time_comes(self, job_id: JobId) -> None:
        job = self.jobs[job_id]
        document = self.documents[job.document_id]
        document.is_due, job.is_due = document.expires, job.expires and job.has_result

    def keep_house(self, *, max_tries: int) -> None:
        for job_id, job in self.jobs.items():
            if job.status is JobStatus.PROCESSING and not job.leased and job.tries >= max_tries:
                self.fail(job_id)
        for document_id, document in self.documents.items():
            if document.is_due and not document.is_gone and not self.is_busy(document_id):
                self.bury(document_id)
        for job in self.jobs.values():
            job.has_result = job.has_result and not job.is_due

    def waiting(self) -> set[JobId]:
        """The jobs that nobody works at."""
        return {
            job_id
            for job_id, job in self.jobs.items()
            if job.status is JobStatus.PENDING or (job.status is JobStatus.PROCESSING and not job.leased)
        }

    def _end(self, job_id: JobId, status: JobStatus) -> None:
        job = self.jobs[job_id]
        job.status = status
        if (document := self.documents[job.document_id]).newest == job_id:
            document.expires = job.expires
