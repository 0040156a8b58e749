-- What an MSP offers and charges (DOMAIN A8), what each customer has of it (A8, A14), and their locations (A9) and contacts (A10).

CREATE TABLE service_types (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    unit TEXT NOT NULL,
    -- Part of every new customer's pack.
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX service_types_by_name ON service_types (msp_id, name_sort);
CREATE UNIQUE INDEX service_types_default ON service_types (msp_id) WHERE is_default = TRUE;

CREATE TABLE rate_templates (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    -- ISO 4217.
    currency TEXT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX rate_templates_by_name ON rate_templates (msp_id, name_sort);

CREATE TABLE rates (
    template_id TEXT NOT NULL REFERENCES rate_templates (id) ON DELETE CASCADE,
    service_type_id TEXT NOT NULL REFERENCES service_types (id) ON DELETE CASCADE,
    -- For one unit, in the currency's minor unit.
    minor BIGINT NOT NULL,
    PRIMARY KEY (template_id, service_type_id)
);
CREATE INDEX rates_of_service_type ON rates (service_type_id);

CREATE TABLE program_levels (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    rate_template_id TEXT REFERENCES rate_templates (id) ON DELETE SET NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX program_levels_by_name ON program_levels (msp_id, name_sort);
CREATE UNIQUE INDEX program_levels_default ON program_levels (msp_id) WHERE is_default = TRUE;
CREATE INDEX program_levels_of_template ON program_levels (rate_template_id);

CREATE TABLE service_plans (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    program_level_id TEXT NOT NULL REFERENCES program_levels (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    modified_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX service_plans_by_name ON service_plans (program_level_id, name_sort);
CREATE INDEX service_plans_of_msp ON service_plans (msp_id);

CREATE TABLE plan_services (
    plan_id TEXT NOT NULL REFERENCES service_plans (id) ON DELETE CASCADE,
    service_type_id TEXT NOT NULL REFERENCES service_types (id) ON DELETE CASCADE,
    PRIMARY KEY (plan_id, service_type_id)
);
CREATE INDEX plan_services_of_service_type ON plan_services (service_type_id);

CREATE TABLE service_items (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    service_type_id TEXT NOT NULL REFERENCES service_types (id),
    -- In hundredths of the service type's unit.
    quantity BIGINT NOT NULL,
    -- For one unit, in the currency's minor unit; where the currency is empty no rate was agreed.
    rate_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- Days as `2026-11-23`; empty for from the beginning, and until further notice.
    from_day TEXT NOT NULL DEFAULT '',
    until_day TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX service_items_of_customer ON service_items (customer_id);
CREATE INDEX service_items_of_service_type ON service_items (service_type_id);

CREATE TABLE locations (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    address1 TEXT NOT NULL,
    address2 TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL,
    state_region TEXT NOT NULL DEFAULT '',
    zip TEXT NOT NULL,
    -- ISO 3166-1, two letters; empty where none is given.
    country TEXT NOT NULL,
    -- A name of the tz database; empty for the customer's own.
    zone TEXT NOT NULL,
    on_dashboard BOOLEAN NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX locations_by_name ON locations (customer_id, name_sort);
CREATE UNIQUE INDEX locations_default ON locations (customer_id) WHERE is_default = TRUE;

CREATE TABLE contacts (
    id TEXT NOT NULL PRIMARY KEY,
    msp_id TEXT NOT NULL REFERENCES msps (id),
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    location_id TEXT NOT NULL REFERENCES locations (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    name_sort TEXT COLLATE "C" NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    title TEXT NOT NULL,
    portal_access TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX contacts_of_customer ON contacts (customer_id, name_sort, id);
CREATE INDEX contacts_of_location ON contacts (location_id);

-- NULL for whoever is no customer of an MSP yet: it comes with the pack.
ALTER TABLE customers ADD COLUMN program_level_id TEXT REFERENCES program_levels (id);
CREATE INDEX customers_of_level ON customers (program_level_id);
-- How many service items, kept by whoever adds or removes one.
ALTER TABLE customers ADD COLUMN services BIGINT NOT NULL DEFAULT 0;
CREATE INDEX customers_by_services ON customers (msp_id, services, id);

ALTER TABLE monitors ADD COLUMN location_id TEXT REFERENCES locations (id) ON DELETE SET NULL;
CREATE INDEX monitors_of_location ON monitors (location_id);

-- The pack of those that exist already (DOMAIN A14). The first of each kind bears the digits of whom it was made for.
INSERT INTO service_types (id, msp_id, name, name_sort, unit, is_default, modified_at)
    SELECT 'svc_' || substr(id, 5), id, 'Monitoring', 'monitoring', 'month', TRUE, created_at FROM msps;
INSERT INTO program_levels (id, msp_id, name, name_sort, description, is_default, modified_at)
    SELECT 'lvl_' || substr(id, 5), id, 'Standard', 'standard', '', TRUE, created_at FROM msps;
UPDATE customers SET program_level_id = 'lvl_' || substr(msp_id, 5), services = 1;
INSERT INTO service_items (id, msp_id, customer_id, service_type_id, quantity, rate_minor, currency, created_at)
    SELECT 'itm_' || substr(id, 5), msp_id, id, 'svc_' || substr(msp_id, 5), 100, 0, '', added_at FROM customers;
