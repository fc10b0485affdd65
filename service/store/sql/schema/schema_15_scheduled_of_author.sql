-- Version 15: how many posts of an author wait for their time is counted for each new one.

CREATE INDEX scheduled_of_author ON scheduled_posts (author);
