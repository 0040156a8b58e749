-- Whom a customer was denied to when it went (DOMAIN C7): its trail, which stays, is not shown to them. So there is no key to customers.
CREATE TABLE hidden_trails (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    customer_id TEXT NOT NULL,
    PRIMARY KEY (user_id, customer_id)
);

-- The id that the customer of a draft which waits for its code will have: what is written down of it meanwhile is its own. '' before.
ALTER TABLE drafts ADD COLUMN customer_id TEXT NOT NULL DEFAULT '';
