-- A sender's own submissions, the newest first: few of many, which a walk through all of them would take long to find.
CREATE INDEX submission_by_sender ON submission (tenant_id, id);
