-- Versions only grow: there is nothing to take back.
SELECT;
