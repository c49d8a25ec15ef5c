-- Requests per minute of each visitor of a widget key; NULL is the default.

ALTER TABLE api_keys ADD COLUMN visitor_rpm INTEGER;
