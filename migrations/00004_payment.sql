-- +goose Up
-- Fees: dated and never changed. The row in force on a day is the last one of its series that is not later.
-- amount is tiyn for base and commission, hundredths of a percent for vat and for reduction (the share of
-- the base that is to be paid).
CREATE TABLE fee_rule (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('base', 'vat', 'commission', 'reduction')),
    service      text NOT NULL DEFAULT '',     -- of a base; the others hold for every service
    ground       text NOT NULL DEFAULT '',     -- of a reduction
    valid_from   date NOT NULL,
    amount       bigint NOT NULL CHECK (amount >= 0),
    to_check     boolean NOT NULL DEFAULT false, -- came with the program without a source that settles it
    note         text NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL,
    created_by   text NOT NULL DEFAULT '',
    withdrawn_at timestamptz,                  -- taken back before its day came
    CONSTRAINT fee_rule_service CHECK ((kind = 'base') = (service <> '')),
    CONSTRAINT fee_rule_ground CHECK ((kind = 'reduction') = (ground <> '')),
    CONSTRAINT fee_rule_percent CHECK (kind IN ('base', 'commission') OR amount <= 10000)
);
CREATE UNIQUE INDEX fee_rule_once ON fee_rule (kind, service, ground, valid_from) WHERE withdrawn_at IS NULL;

INSERT INTO fee_rule (id, kind, service, ground, valid_from, amount, to_check, note, created_at) VALUES
    ('01970000-0000-7000-8000-000000000001', 'base', 'copyright_work', '', '2019-01-03', 617600, true,
     'приказ от 03.01.2019 № 02; сумма выведена из 7117 тенге в инструкции', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000002', 'base', 'copyright_work', '', '2020-12-23', 619000, false,
     'изменение от 23.12.2020 № 254; сумма выведена из 6932,80 тенге в инструкции', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000003', 'base', 'register_extract', '', '2019-01-03', 500000, true,
     'источника нет, сверить', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000004', 'vat', '', '', '2009-01-01', 1200, false, 'Налоговые кодексы 2008 и 2017 годов', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000005', 'vat', '', '', '2026-01-01', 1600, false, 'Налоговый кодекс 2025 года', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000006', 'commission', '', '', '2019-01-03', 20000, false,
     'объявление в кабинете института', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000007', 'reduction', '', 'war_veteran', '2019-01-03', 500, true,
     'доля как в других ценах института для льготных лиц, сверить', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000008', 'reduction', '', 'disability', '2019-01-03', 500, true,
     'доля как в других ценах института для льготных лиц, сверить', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-000000000009', 'reduction', '', 'pensioner', '2019-01-03', 500, true,
     'доля как в других ценах института для льготных лиц, сверить', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-00000000000a', 'reduction', '', 'student', '2019-01-03', 500, true,
     'доля как в других ценах института для льготных лиц, сверить', '2026-01-01T00:00:00Z'),
    ('01970000-0000-7000-8000-00000000000b', 'reduction', '', 'qandas', '2019-01-03', 500, true,
     'доля как в других ценах института для льготных лиц, сверить', '2026-01-01T00:00:00Z');

-- The last number that was given. The bank wants 6 to 15 digits, and the last six of them unique.
CREATE TABLE invoice_counter (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    last bigint NOT NULL CHECK (last < 1100000)
);
INSERT INTO invoice_counter (last) VALUES (100000);

-- One row for each number at the bank. A debt (subject) whose session ran out gets another row.
CREATE TABLE invoice (
    id              uuid PRIMARY KEY,
    number          text NOT NULL CONSTRAINT invoice_number_unique UNIQUE CHECK (number ~ '^[0-9]{6,15}$'),
    subject_kind    text NOT NULL,
    subject_id      uuid NOT NULL,
    account_id      uuid NOT NULL,             -- whose debt it is
    service         text NOT NULL,
    reduction       text NOT NULL DEFAULT '',  -- ground of a reduced fee
    description     text NOT NULL DEFAULT '',
    replaces        uuid REFERENCES invoice,   -- the number before it, of the same debt

    priced_on       date NOT NULL,
    list_tiyn       bigint NOT NULL,           -- before the reduction
    share           bigint NOT NULL,           -- that is to be paid, hundredths of a percent
    base_tiyn       bigint NOT NULL,
    vat_rate        bigint NOT NULL,           -- hundredths of a percent
    vat_tiyn        bigint NOT NULL,
    commission_tiyn bigint NOT NULL,
    total_tiyn      bigint NOT NULL CHECK (total_tiyn >= 0),

    state           text NOT NULL CHECK (state IN ('open', 'paying', 'paid', 'expired', 'failed', 'cancelled', 'refund_due', 'refund_asked', 'refunded')),
    reason          text NOT NULL DEFAULT '',  -- a code: why it is in this state
    means           text NOT NULL DEFAULT '' CHECK (means IN ('', 'card', 'transfer', 'none')),
    formed_at       timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,

    started_at      timestamptz,               -- of the session at the bank
    deadline        timestamptz,
    attempts        int NOT NULL DEFAULT 0,    -- rejected by the bank
    payer_lang      text NOT NULL DEFAULT '',
    token_sealed    bytea,                     -- the bank's answer with the payment's token, AES-GCM
    token_until     timestamptz,

    ask_at          timestamptz,               -- when the bank is asked next; NULL: nothing more is expected
    asked_at        timestamptz,
    asks            int NOT NULL DEFAULT 0,    -- since the session ended
    bank_says       text NOT NULL DEFAULT '',  -- the last answer: charged, held, rejected, pending, none, refunded, unknown
    unknown_since   timestamptz,               -- the bank has given no usable answer since

    taken_tiyn      bigint NOT NULL DEFAULT 0 CHECK (taken_tiyn >= 0),
    refunded_tiyn   bigint NOT NULL DEFAULT 0,
    transaction_id  text NOT NULL DEFAULT '',
    approval_code   text NOT NULL DEFAULT '',
    reference       text NOT NULL DEFAULT '',
    card_mask       text NOT NULL DEFAULT '',
    document        text NOT NULL DEFAULT '',  -- of a bank transfer
    paid_at         timestamptz,

    refund_reason   text NOT NULL DEFAULT '',
    refund_by       text NOT NULL DEFAULT '',
    refund_tries    int NOT NULL DEFAULT 0,
    refund_asked_at timestamptz,
    refunded_at     timestamptz,

    CONSTRAINT invoice_sum CHECK (total_tiyn = base_tiyn + vat_tiyn + commission_tiyn),
    CONSTRAINT invoice_refunded CHECK (refunded_tiyn BETWEEN 0 AND taken_tiyn),
    CONSTRAINT invoice_paid CHECK (state <> 'paid' OR (taken_tiyn = total_tiyn AND paid_at IS NOT NULL AND means <> ''))
);
CREATE UNIQUE INDEX invoice_last_six_unique ON invoice (right(number, 6));
CREATE UNIQUE INDEX invoice_one_live ON invoice (subject_kind, subject_id) WHERE state IN ('open', 'paying');
CREATE UNIQUE INDEX invoice_one_paid ON invoice (subject_kind, subject_id) WHERE state = 'paid';
CREATE INDEX invoice_account ON invoice (account_id, id);
CREATE INDEX invoice_ask ON invoice (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX invoice_state ON invoice (state, id);

-- An attempt that the bank rejected; told twice, it counts once.
CREATE TABLE payment_attempt (
    invoice_id     uuid NOT NULL REFERENCES invoice,
    transaction_id text NOT NULL,
    at             timestamptz NOT NULL,
    code           text NOT NULL DEFAULT '',
    words          text NOT NULL DEFAULT '',   -- the bank's own
    card_mask      text NOT NULL DEFAULT '',
    CONSTRAINT payment_attempt_once PRIMARY KEY (invoice_id, transaction_id)
);

-- Everything that was said between us and the bank, in order. Only added to.
CREATE TABLE payment_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    invoice_id uuid REFERENCES invoice,
    kind       text NOT NULL,                  -- formed, started, token, callback, status, state, refund, …
    note       text NOT NULL DEFAULT '',       -- a code
    body       jsonb NOT NULL DEFAULT '{}'     -- what the bank sent, without card and secret
);
CREATE INDEX payment_event_invoice ON payment_event (invoice_id, id);
-- +goose StatementBegin
CREATE FUNCTION payment_event_is_added_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment_event is only added to';
END $$;
-- +goose StatementEnd
CREATE TRIGGER payment_event_added_only BEFORE UPDATE OR DELETE ON payment_event
    FOR EACH ROW EXECUTE FUNCTION payment_event_is_added_only();

-- What the office must look at: one of a kind for each invoice.
CREATE TABLE payment_alarm (
    id         uuid PRIMARY KEY,
    invoice_id uuid NOT NULL REFERENCES invoice,
    kind       text NOT NULL,
    detail     text NOT NULL DEFAULT '',
    raised_at  timestamptz NOT NULL,
    closed_at  timestamptz,
    closed_by  text NOT NULL DEFAULT '',
    note       text NOT NULL DEFAULT '',
    CONSTRAINT payment_alarm_once UNIQUE (invoice_id, kind)
);
CREATE INDEX payment_alarm_open ON payment_alarm (raised_at) WHERE closed_at IS NULL;
