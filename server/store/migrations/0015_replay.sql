-- Transitions of all monitors in the order in which they were taken, for the wall of another hour. Ids ascend with time, so that this
-- index is only ever written at its end.
CREATE INDEX transitions_by_time ON transitions (id);
