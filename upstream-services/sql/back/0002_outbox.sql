DROP TABLE outbox;
DROP TABLE projection;
