-- When the processing of a job ends whether it is finished or not: set when it is first taken.
alter table jobs add column deadline_at timestamptz;
