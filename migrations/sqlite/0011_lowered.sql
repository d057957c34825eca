-- Whether everybody but the desk was lowered to member: a desk that comes back need not do it again.

ALTER TABLE chat ADD COLUMN lowered INTEGER NOT NULL DEFAULT 0;
