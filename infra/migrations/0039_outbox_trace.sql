-- The trace that a batch was ingested in, as W3C traceparent, so that what the relay makes of the row goes on in it; null when
-- nothing was traced, and in what other processes put there.
alter table waymark.outbox add column traceparent text check (length(traceparent) <= 64);
