-- Which revision of the arithmetic made a result: results of one revision have the same bits, those of two may not. Every result from before
-- there was such a number is of the first. NULL: the job has not been started.

ALTER TABLE job ADD COLUMN arithmetic INTEGER;
UPDATE job SET arithmetic = 1 WHERE host IS NOT NULL;
ALTER TABLE attempt ADD COLUMN arithmetic INTEGER;
UPDATE attempt SET arithmetic = 1;
