-- +goose Up
-- The steps that an application goes after its submission, as the applicants see them. A scheme never
-- changes: another one is put in force, and every filing keeps the one under which it was submitted.
CREATE TABLE filing_scheme (
    version    int PRIMARY KEY CHECK (version > 0),
    name       text NOT NULL CHECK (name <> ''),
    steps      jsonb NOT NULL,               -- see package filing/scheme
    author     text NOT NULL,                -- empty: came with the program
    created_at timestamptz NOT NULL,
    in_force   boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX filing_scheme_one ON filing_scheme (in_force) WHERE in_force;

-- The three pictures of the instruction. One working day by law (art. 9-1 p. 1 of the law on copyright);
-- "2-3 days" are the instruction's own words and bind nobody.
INSERT INTO filing_scheme (version, name, author, created_at, in_force, steps) VALUES
(1, 'Подготовка · Регистрация · Назначение эксперта · Экспертиза · Охранный документ', '', now(), true, '[
  {"code": "preparation", "turn": "filer", "days": 0,
   "name": {"kk": "Дайындау", "ru": "Подготовка", "en": "Preparation"},
   "note": {"kk": "Деректер, қатысушылар, құжаттар, өтініш, төлем", "ru": "Данные, участники, документы, заявление, оплата", "en": "Data, people, documents, statement, payment"},
   "words": ["Подготовка", "Дайындау", "Дайындық"]},
  {"code": "registration", "turn": "registrar", "days": 1,
   "name": {"kk": "Тіркеу", "ru": "Регистрация", "en": "Registration"},
   "note": {"kk": "Өтінім қабылданды, онымен жұмыс жақын арада басталады", "ru": "Заявка принята, работа по ней начнётся в ближайшее время", "en": "The application is received, work on it begins soon"},
   "words": ["Регистрация", "Тіркеу", "На регистрации", "Зарегистрирована", "Тіркелді"]},
  {"code": "appointment", "turn": "registrar", "days": 1,
   "name": {"kk": "Сарапшы тағайындау", "ru": "Назначение эксперта", "en": "Appointment of an expert"},
   "note": {"kk": "Құжаттар тексерілді, деректер сарапшыларға жіберілді", "ru": "Документы проверены, данные отправлены на рассмотрение экспертов", "en": "The documents are checked, the data are with the experts"},
   "words": ["Назначение эксперта", "Сарапшы тағайындау", "Сарапшыны тағайындау", "Эксперт назначен", "Сарапшы тағайындалды"]},
  {"code": "examination", "turn": "expert", "days": 1,
   "name": {"kk": "Сараптама", "ru": "Экспертиза", "en": "Examination"},
   "note": {"kk": "Өтінім сарапшылардың қарауында", "ru": "Заявка на рассмотрении у экспертов", "en": "The experts are looking at the application"},
   "said": {"kk": "2–3 күн", "ru": "2–3 дня", "en": "2–3 days"},
   "words": ["Экспертиза", "Сараптама", "На экспертизе", "Сараптамада"]},
  {"code": "certificate", "turn": "registrar", "days": 1,
   "name": {"kk": "Қорғау құжаты", "ru": "Охранный документ", "en": "Protection document"},
   "note": {"kk": "Қарау сәтті аяқталды, жариялауға дайындалуда", "ru": "Рассмотрение пройдено, заявка готовится к публикации", "en": "The examination is passed, publication is being prepared"},
   "words": ["Охранный документ", "Қорғау құжаты", "Подготовка к публикации", "Жариялауға дайындық"]}
]'),
(2, 'Подготовка · Регистрация · Формальная экспертиза · Экспертиза по существу · Охранный документ', '', now(), false, '[
  {"code": "preparation", "turn": "filer", "days": 0,
   "name": {"kk": "Дайындау", "ru": "Подготовка", "en": "Preparation"},
   "note": {"kk": "Деректер, қатысушылар, құжаттар, өтініш, төлем", "ru": "Данные, участники, документы, заявление, оплата", "en": "Data, people, documents, statement, payment"},
   "words": ["Подготовка", "Дайындау", "Дайындық"]},
  {"code": "registration", "turn": "registrar", "days": 1,
   "name": {"kk": "Тіркеу", "ru": "Регистрация", "en": "Registration"},
   "note": {"kk": "Өтінім қабылданды, онымен жұмыс жақын арада басталады", "ru": "Заявка принята, работа по ней начнётся в ближайшее время", "en": "The application is received, work on it begins soon"},
   "words": ["Регистрация", "Тіркеу"]},
  {"code": "formal", "turn": "expert", "days": 1,
   "name": {"kk": "Формалды сараптама", "ru": "Формальная экспертиза", "en": "Formal examination"},
   "note": {"kk": "Құжаттардың толықтығы мен ресімделуі тексеріледі", "ru": "Проверяются полнота и оформление документов", "en": "Completeness and form of the documents are checked"},
   "words": ["Формальная экспертиза", "Формалды сараптама"]},
  {"code": "substance", "turn": "expert", "days": 1,
   "name": {"kk": "Мәні бойынша сараптама", "ru": "Экспертиза по существу", "en": "Examination of the substance"},
   "note": {"kk": "Өтінім сарапшылардың қарауында", "ru": "Заявка на рассмотрении у экспертов", "en": "The experts are looking at the application"},
   "words": ["Экспертиза по существу", "Мәні бойынша сараптама"]},
  {"code": "certificate", "turn": "registrar", "days": 1,
   "name": {"kk": "Қорғау құжаты", "ru": "Охранный документ", "en": "Protection document"},
   "note": {"kk": "Қарау сәтті аяқталды, жариялауға дайындалуда", "ru": "Рассмотрение пройдено, заявка готовится к публикации", "en": "The examination is passed, publication is being prepared"},
   "words": ["Охранный документ", "Қорғау құжаты"]}
]'),
(3, 'Подготовка · Регистрация · Экспертиза · Экспертиза завершена · Охранный документ', '', now(), false, '[
  {"code": "preparation", "turn": "filer", "days": 0,
   "name": {"kk": "Дайындау", "ru": "Подготовка", "en": "Preparation"},
   "note": {"kk": "Деректер, қатысушылар, құжаттар, өтініш, төлем", "ru": "Данные, участники, документы, заявление, оплата", "en": "Data, people, documents, statement, payment"},
   "words": ["Подготовка", "Дайындау", "Дайындық"]},
  {"code": "registration", "turn": "registrar", "days": 1,
   "name": {"kk": "Тіркеу", "ru": "Регистрация", "en": "Registration"},
   "note": {"kk": "Өтінім қабылданды, онымен жұмыс жақын арада басталады", "ru": "Заявка принята, работа по ней начнётся в ближайшее время", "en": "The application is received, work on it begins soon"},
   "words": ["Регистрация", "Тіркеу"]},
  {"code": "examination", "turn": "expert", "days": 1,
   "name": {"kk": "Сараптама", "ru": "Экспертиза", "en": "Examination"},
   "note": {"kk": "Өтінім сарапшылардың қарауында", "ru": "Заявка на рассмотрении у экспертов", "en": "The experts are looking at the application"},
   "said": {"kk": "2–3 күн", "ru": "2–3 дня", "en": "2–3 days"},
   "words": ["Экспертиза", "Сараптама"]},
  {"code": "examined", "turn": "registrar", "days": 1,
   "name": {"kk": "Сараптама аяқталды", "ru": "Экспертиза завершена", "en": "Examination completed"},
   "note": {"kk": "Сарапшылардың қорытындысы дайын", "ru": "Заключение экспертов готово", "en": "The experts have concluded"},
   "words": ["Экспертиза завершена", "Сараптама аяқталды"]},
  {"code": "certificate", "turn": "registrar", "days": 1,
   "name": {"kk": "Қорғау құжаты", "ru": "Охранный документ", "en": "Protection document"},
   "note": {"kk": "Қарау сәтті аяқталды, жариялауға дайындалуда", "ru": "Рассмотрение пройдено, заявка готовится к публикации", "en": "The examination is passed, publication is being prepared"},
   "words": ["Охранный документ", "Қорғау құжаты"]}
]');

ALTER TABLE filing
    ADD COLUMN scheme         int REFERENCES filing_scheme,   -- the one in force at the submission
    ADD COLUMN step           text NOT NULL DEFAULT '',       -- code of a step of the scheme
    ADD COLUMN step_at        timestamptz,
    ADD COLUMN step_until     timestamptz,                    -- its term, in working days
    ADD COLUMN desk           text NOT NULL DEFAULT '' CHECK (desk IN ('', 'recording', 'registering')), -- who takes the steps; fixed at the submission
    ADD COLUMN expert         uuid REFERENCES account,
    ADD COLUMN query_until    timestamptz,                    -- term of the query that is open
    ADD COLUMN issued_at      timestamptz,
    ADD COLUMN certificate_no text NOT NULL DEFAULT '',       -- of the certificate or the extract
    ADD COLUMN certificate_on date,
    ADD COLUMN refusal_ground text NOT NULL DEFAULT '';

-- What was submitted before there were steps was filed at the institute.
UPDATE filing SET scheme = 1, step = 'registration', step_at = coalesce(signed_at, submitted_at), desk = 'recording' WHERE submitted_at IS NOT NULL;

ALTER TABLE filing DROP CONSTRAINT filing_state_check, DROP CONSTRAINT filing_money, DROP CONSTRAINT filing_submitted;
ALTER TABLE filing
    ADD CONSTRAINT filing_state_check CHECK (state IN ('draft', 'formed', 'paid', 'submitted', 'signed', 'queried', 'amending', 'amended',
                                                       'expired', 'refused', 'issued', 'withdrawn', 'deleted')),
    ADD CONSTRAINT filing_money CHECK (state IN ('draft', 'formed', 'withdrawn', 'deleted') OR paid_at IS NOT NULL),
    ADD CONSTRAINT filing_submitted CHECK (state IN ('draft', 'formed', 'paid', 'deleted') OR submitted_at IS NOT NULL),
    ADD CONSTRAINT filing_stepped CHECK ((submitted_at IS NULL) = (step = '') AND (submitted_at IS NULL) = (scheme IS NULL) AND (submitted_at IS NULL) = (desk = '')),
    ADD CONSTRAINT filing_queried CHECK (state NOT IN ('queried', 'amending', 'amended') OR query_until IS NOT NULL),
    ADD CONSTRAINT filing_issued CHECK ((state = 'issued') = (issued_at IS NOT NULL) AND (state <> 'issued' OR certificate_no <> '')),
    ADD CONSTRAINT filing_refused CHECK (state <> 'refused' OR refusal_ground <> '');
CREATE INDEX filing_expert ON filing (expert) WHERE expert IS NOT NULL;

-- Letters between the desk and the applicant. One that is being written (an answer whose statement is not yet
-- signed) has no number and no day; nothing of it is seen by the other side.
CREATE TABLE filing_letter (
    id         uuid PRIMARY KEY,
    filing_id  uuid NOT NULL REFERENCES filing,
    number     text CONSTRAINT filing_letter_number UNIQUE,   -- "И-2026-12" from the desk, "В-2026-5" to it
    direction  text NOT NULL CHECK (direction IN ('out', 'in')),
    kind       text NOT NULL CHECK (kind IN ('query', 'answer', 'refusal', 'request_correction', 'request_change', 'withdrawal', 'certificate',
                                             'extract', 'note')),
    ground     text NOT NULL DEFAULT '',     -- of a refusal: see grounds.go
    text       text NOT NULL,
    until      timestamptz,                  -- of a query
    answers    uuid REFERENCES filing_letter,
    statement  uuid REFERENCES filing_statement, -- the new one that an answer brings
    source     text NOT NULL CHECK (source IN ('desk', 'institute', 'applicant')),
    begun_at   timestamptz NOT NULL,
    at         timestamptz,
    by_account uuid,
    by_name    text NOT NULL,
    seen_at    timestamptz,                  -- by the other side
    closed_at  timestamptz,                  -- nothing is waited for any more
    closed     text NOT NULL DEFAULT '' CHECK (closed IN ('', 'answered', 'taken_back', 'overtaken', 'done', 'declined', 'ended')),
    CONSTRAINT filing_letter_sent CHECK ((at IS NULL) = (number IS NULL)),
    CONSTRAINT filing_letter_closed CHECK ((closed_at IS NULL) = (closed = '')),
    CONSTRAINT filing_letter_term CHECK (kind <> 'query' OR until IS NOT NULL)
);
CREATE INDEX filing_letter_filing ON filing_letter (filing_id, begun_at);
-- One query is open at a time, and is answered once.
CREATE UNIQUE INDEX filing_letter_query_one ON filing_letter (filing_id) WHERE kind = 'query' AND closed_at IS NULL;
CREATE UNIQUE INDEX filing_letter_answer_one ON filing_letter (answers) WHERE kind = 'answer';

CREATE TABLE filing_letter_file (
    id           uuid PRIMARY KEY,
    letter_id    uuid NOT NULL REFERENCES filing_letter ON DELETE CASCADE,
    filename     text NOT NULL,
    content_type text NOT NULL,              -- by content, not as declared
    sha256       text NOT NULL,              -- of the document's own bytes
    size         bigint NOT NULL,
    file         text NOT NULL               -- in the store, sealed
);
CREATE INDEX filing_letter_file_letter ON filing_letter_file (letter_id);

-- A receipt is of one statement: the answer to a query brings another.
ALTER TABLE filing_receipt ADD COLUMN statement_id uuid REFERENCES filing_statement;
UPDATE filing_receipt r SET statement_id = (SELECT s.id FROM filing_statement s WHERE s.filing_id = r.filing_id AND s.voided_at IS NULL);
ALTER TABLE filing_receipt ALTER COLUMN statement_id SET NOT NULL, DROP CONSTRAINT filing_receipt_pkey,
    ADD CONSTRAINT filing_receipt_once PRIMARY KEY (filing_id, statement_id);

CREATE OR REPLACE VIEW filing_file AS
SELECT file AS sha256 FROM filing_document
UNION SELECT file FROM filing_statement
UNION SELECT cms_file FROM filing_submission
UNION SELECT file FROM filing_receipt
UNION SELECT sha256 FROM filing_record WHERE sha256 <> ''
UNION SELECT file FROM filing_letter_file;
