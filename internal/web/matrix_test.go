package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/notify"
)

// The matrix of rights: every route, every role, own and others' objects. What may be done to an application
// comes from the filing's table of states, what a role may do from account's table. A route with an object
// in its address that stands in none of the tables here fails.

// ofFiling are the routes of one application with what they do to it. Those with quiet leave it as it is
// when they are called without a form, so that they are tried also by those who may.
var ofFiling = map[string]struct {
	does  filing.Action
	quiet bool
}{
	"GET /filings/:id":                              {filing.Look, true},
	"GET /filings/:id/participants":                 {filing.Look, true},
	"GET /filings/:id/documents":                    {filing.Look, true},
	"GET /filings/:id/payments":                     {filing.Look, true},
	"POST /filings/:id/save":                        {filing.Save, true},
	"POST /filings/:id/form":                        {filing.FormStatement, false},
	"GET /filings/:id/edit":                         {filing.Edit, true},
	"POST /filings/:id/edit":                        {filing.Edit, false},
	"GET /filings/:id/participants/new":             {filing.AddParticipant, true},
	"POST /filings/:id/participants/find":           {filing.AddParticipant, true},
	"POST /filings/:id/participants/forget":         {filing.AddParticipant, true},
	"POST /filings/:id/participants":                {filing.AddParticipant, true},
	"GET /filings/:id/participants/:person":         {filing.Look, true},
	"POST /filings/:id/participants/:person":        {filing.Save, true},
	"POST /filings/:id/participants/:person/remove": {filing.Save, true}, // the filer cannot be taken out
	"POST /filings/:id/participants/:person/invite": {filing.Invite, true},
	"POST /filings/:id/participants/:person/remind": {filing.Remind, true},
	"POST /filings/:id/participants/:person/reveal": {filing.Look, true},
	"POST /filings/:id/documents":                   {filing.Save, true},
	"GET /filings/:id/documents/:document":          {filing.Look, true},
	"POST /filings/:id/documents/:document":         {filing.Save, false},
	"POST /filings/:id/documents/:document/remove":  {filing.Save, false},
	"POST /filings/:id/documents/:document/answer":  {filing.Save, true},
	"GET /filings/:id/statement":                    {filing.Download, true},
	"GET /filings/:id/statement.pdf":                {filing.Download, true},
	"GET /filings/:id/statements/:statement":        {filing.Look, true},
	"GET /filings/:id/pages/:n":                     {filing.Download, true},
	"GET /filings/:id/sign":                         {filing.Sign, true},
	"POST /filings/:id/sign":                        {filing.Sign, true},
	"GET /filings/:id/done":                         {filing.Look, true},
	"GET /filings/:id/receipt.pdf":                  {filing.Receipt, true},
	"GET /filings/:id/certificate.pdf":              {filing.Look, true},
	"POST /filings/:id/pay":                         {filing.Pay, false},
	"POST /filings/:id/invoice":                     {filing.Invoice, false},
	"GET /filings/:id/delete":                       {filing.Delete, true},
	"POST /filings/:id/delete":                      {filing.Delete, true},
	"GET /filings/:id/withdraw":                     {filing.Withdraw, true},
	"POST /filings/:id/withdraw":                    {filing.Withdraw, true},
	"POST /filings/:id/prolong":                     {filing.Prolong, true},

	"GET /filings/:id/correspondence":                             {filing.Look, true},
	"POST /filings/:id/correspondence/:letter":                    {filing.Answer, true}, // without a text nothing is sent
	"GET /filings/:id/correspondence/:letter/files/:file":         {filing.Look, true},
	"POST /filings/:id/correspondence/:letter/files/:file/remove": {filing.Answer, true},
	"POST /filings/:id/requests":                                  {filing.Request, true},
}

// ofPayer are the routes of one invoice: its payer's, and of who looks after payments.
var ofPayer = []string{"GET /payments/:id", "GET /payments/:id/pay", "POST /payments/:id/pay", "POST /payments/:id/over", "GET /payments/:id/return",
	"GET /payments/:id/invoice.pdf", "GET /payments/:id/receipt.pdf"}

// ofOthers are routes whose objects are held by other tests, with the test that does it.
var ofOthers = map[string]string{
	"GET /certificates/:id":          "TestHeadOfAUnitSeesOnlyItsCertificates",
	"GET /certificates/:id/file":     "TestHeadOfAUnitSeesOnlyItsCertificates",
	"GET /certificates/:id/pages/:n": "TestHeadOfAUnitSeesOnlyItsCertificates",
	"GET /my/:id/:position":          "TestNobodyDecidesForOthers",
	"POST /my/:id/:position":         "TestNobodyDecidesForOthers",
	"GET /my/:id/:position/thanks":   "TestNobodyDecidesForOthers",
	"GET /a/:token":                  "TestPersonalLinks",
	"POST /a/:token":                 "TestPersonalLinks",
	"GET /a/:token/correct":          "TestAnUnknownAddressOnlySaysSomethingAndTheDeskDecides",
	"POST /a/:token/correct":         "TestAnUnknownAddressOnlySaysSomethingAndTheDeskDecides",
	"POST /a/:token/undo":            "TestPersonalLinks",
	"GET /a/:token/page.png":         "TestPersonalLinks",
	"GET /staff/:id":                 "TestHeadSeesOnlyTheirUnit",
	"GET /login/link/:secret":        "TestLogInByLinkWithoutRegistration",
	"POST /login/link/:secret":       "TestLogInByLinkWithoutRegistration",
	"GET /reset/:secret":             "TestReset",
	"POST /reset/:secret":            "TestReset",
	"GET /records/:id":               "TestRecordsPages",
	"POST /records/:id":              "TestRecordsPages",
	"POST /records/:id/delete":       "TestRecordsPages",
	"GET /records/:id/document":      "TestRecordsPages",
	"GET /letters/:id":               "TestLettersPage",
	"POST /my/signatures/:id/verify": "TestOwnSignaturesPage",
	"GET /my/signatures/:id/cms":     "TestOwnSignaturesPage",
	"GET /r/:token":                  "TestPublicRegister",
	"POST /r/:token":                 "TestFileIsCheckedOnAPage",
	"GET /sign/:secret":              "TestInvitationIsOfOnePerson",
	"POST /sign/:secret":             "TestInvitationIsOfOnePerson",
}

// everyPage is an installation with all groups of pages.
func everyPage(t *testing.T, change ...func(*Deps)) *filings {
	f := &filings{pages: "Органикалық химия: зертханалық практикум\nОқу құралы"}
	pages := &flow{dir: t.TempDir()}
	pages.world = &world{}
	f.world = newWorld(t, func(d *Deps) {
		for _, c := range change {
			c(d)
		}
		pages.deps = *d
		pages.wire(d)
		f.wireFiling(t, d)
		var err error
		d.Outbox, err = notify.New(d.Pool, d.Blobs, d.Clock, d.Log, "", "")
		must(err)
	})
	f.admin()
	return f
}

// Every route stands in a table.
func TestEveryRouteStandsInATable(t *testing.T) {
	f := everyPage(t)
	if len(f.s.routes) < 100 {
		t.Fatalf("only %d routes", len(f.s.routes))
	}
	office := []account.Role{account.Administrator, account.ResearchOffice}
	there := map[string]bool{}
	for _, r := range f.s.routes {
		name := r.method + " " + r.path
		there[name] = true
		_, isFiling := ofFiling[name]
		_, isOther := ofOthers[name]
		_, isDesk := ofDesk[name]
		officeOnly := true
		for _, role := range account.Roles {
			if r.action == anybody || account.Can(role, r.action) && !slices.Contains(office, role) {
				officeOnly = false
			}
		}
		if strings.Contains(r.path, ":") && !isFiling && !isOther && !isDesk && !officeOnly && !slices.Contains(ofPayer, name) {
			t.Errorf("%s has an object in its address and stands in no table of the matrix", name)
		}
	}
	tests := testNames(t)
	for name, test := range ofOthers {
		if !there[name] || !tests[test] {
			t.Errorf("%s is said to be held by %s: one of them is gone", name, test)
		}
	}
	for _, name := range append(slices.Collect(maps.Keys(ofFiling)), slices.Collect(maps.Keys(ofDesk))...) {
		if !there[name] {
			t.Errorf("%s is in the matrix and is no route", name)
		}
	}
}

// actor is somebody before an application.
type actor struct {
	name     string
	b        *browser
	relation filing.Relation
	means    account.Means
}

// testNames are the tests of this package.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	files, err := filepath.Glob("*_test.go")
	must(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(err)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(data), -1) {
			names[m[1]] = true
		}
	}
	return names
}

// Every route of an application, in every state, for everybody: who may not gets nothing and changes nothing.
func TestMatrixOfApplications(t *testing.T) {
	f := newFilings(t)
	filer := f.enters(filerIIN)
	states := map[filing.State]string{filing.Draft: f.begin(filer, "author"), filing.Formed: f.formed(filer), filing.Paid: f.paid(filer)}
	f.fill(filer, states[filing.Draft])
	f.add(filer, states[filing.Draft], author(secondIIN, "Ветрова Ирина Петровна"))
	for _, st := range []filing.State{filing.Submitted, filing.Signed, filing.Expired, filing.Withdrawn, filing.Queried, filing.Amending, filing.Amended,
		filing.Issued, filing.Refused} {
		states[st] = f.submitted(filer)
	}
	states[filing.Deleted] = f.begin(filer, "author")
	ctx := context.Background()
	for st, sql := range map[filing.State]string{filing.Signed: "signed_at = now()", filing.Expired: "version = version", filing.Withdrawn: "ended_at = now()", filing.Deleted: "ended_at = now()"} {
		_, err := f.deps.Pool.Exec(ctx, `UPDATE filing SET state = $1, `+sql+` WHERE id = $2`, string(st), strings.TrimPrefix(states[st], "/filings/"))
		must(err)
	}
	f.atTheDesk(filer, states)
	actors := []actor{
		{"the filer", filer, filing.RelFiler, account.ByEDS},
		{"the filer without EDS", f.lower(filerIIN), filing.RelFiler, account.ByLink},
		{"an author", f.enters(secondIIN), filing.RelAuthor, account.ByEDS},
		{"a stranger", f.comes(askar()), filing.RelOther, account.ByEDS},
		{"a stranger of the staff", f.as(account.Faculty), filing.RelOther, account.ByPassword},
		{"a head of a unit", f.as(account.HeadOfUnit), filing.RelOther, account.ByPassword},
		{"the office", f.as(account.ResearchOffice), filing.RelOffice, account.ByPassword},
		{"the administrator", f.as(account.Administrator), filing.RelOffice, account.ByPassword},
		{"a registrar", f.as(account.Registrar), filing.RelDesk, account.ByPassword},
		{"the expert", f.as(account.Expert), filing.RelExpert, account.ByPassword},
	}
	if len(states) != len(filing.States) {
		t.Fatalf("%d of %d states", len(states), len(filing.States))
	}
	nobody := f.browser()
	nobody.get("/login")
	for st, path := range states {
		id := strings.TrimPrefix(path, "/filings/")
		ids := f.objectsOf(id)
		before := f.fingerprint(id)
		for _, r := range f.s.routes {
			name := r.method + " " + r.path
			rule, ok := ofFiling[name]
			if !ok {
				continue
			}
			at := strings.NewReplacer(":id", id, ":letter", ids.letter, ":file", uuid.NewString(), ":person", ids.person, ":document", ids.document, ":statement", ids.statement, ":n", "1").Replace(r.path)
			if got := call(nobody, r, at); got.status != fiber.StatusUnauthorized && !strings.HasPrefix(got.to(), "/login") {
				t.Errorf("%s: %s lets a stranger in: %d", st, name, got.status)
			}
			for _, a := range actors {
				may := mayDo(st, rule.does, a)
				if may && !rule.quiet {
					continue // would change it; the walk through the pages does it
				}
				got := call(a.b, r, at)
				if err := f.judge(got, rule.does, a, st, may); err != "" {
					t.Errorf("%s, %s: %s: %s (%d %s)", st, a.name, name, err, got.status, got.to())
				}
			}
			if now := f.fingerprint(id); now != before {
				t.Fatalf("%s: one who may not changed it by %s:\n%s\n%s", st, name, before, now)
			}
		}
	}
}

// mayDo asks the table of states. Where a route serves two actions, one is enough.
func mayDo(st filing.State, does filing.Action, a actor) bool {
	may := func(x filing.Action) bool {
		ok, _ := filing.Can(st, x, filing.Actor{Relation: a.relation, Means: a.means})
		return ok
	}
	if does == filing.Sign {
		return may(filing.Sign) || may(filing.SignAndSubmit)
	}
	return may(does)
}

// judge holds an answer against what may be: one to whom the application is none of their business gets not
// even that it exists, another is refused without harm.
func (f *filings) judge(got reply, does filing.Action, a actor, st filing.State, may bool) string {
	sees, _ := filing.Can(st, filing.Look, filing.Actor{Relation: a.relation, Means: a.means})
	refused := got.status == fiber.StatusNotFound || got.status == fiber.StatusForbidden || got.status == fiber.StatusConflict || got.status == fiber.StatusUnprocessableEntity ||
		got.status == fiber.StatusSeeOther
	switch {
	case got.status == fiber.StatusInternalServerError:
		return "breaks"
	case !sees && !(got.status == fiber.StatusNotFound || got.status == fiber.StatusForbidden || strings.HasPrefix(got.to(), "/login")):
		return "is shown"
	case !sees && strings.Contains(got.body, "Органикалық химия"):
		return "leaks the title"
	case !may && !refused:
		return "is let through"
	case may && (got.status == fiber.StatusForbidden || strings.HasPrefix(got.to(), "/login")):
		return "is refused"
	}
	return ""
}

func call(b *browser, r route, path string) reply {
	switch {
	case r.method == "GET":
		return b.get(path)
	case r.files:
		return b.send("POST", path, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n"+b.token+"\r\n--x--\r\n"), "multipart/form-data; boundary=x")
	}
	return b.post(path, url.Values{"version": {"0"}})
}

type objects struct{ person, document, statement, letter string }

// objectsOf are the filer, a document and the statement of an application; made-up ones where it has none.
func (f *filings) objectsOf(id string) objects {
	o := objects{uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()}
	ctx := context.Background()
	for dest, sql := range map[*string]string{&o.person: `SELECT id::text FROM filing_participant WHERE filing_id = $1 AND filer`,
		&o.letter: `SELECT id::text FROM filing_letter WHERE filing_id = $1 ORDER BY begun_at LIMIT 1`, &o.document: `SELECT id::text FROM filing_document WHERE filing_id = $1 ORDER BY uploaded_at LIMIT 1`, &o.statement: `SELECT id::text FROM filing_statement WHERE filing_id = $1 LIMIT 1`} {
		var text string
		if err := f.deps.Pool.QueryRow(ctx, sql, id).Scan(&text); err == nil {
			*dest = text
		}
	}
	return o
}

// fingerprint is all that an application consists of.
func (f *filings) fingerprint(id string) string {
	var out string
	err := f.deps.Pool.QueryRow(context.Background(), `SELECT f.state || ' ' || f.version || ' ' || f.data::text
		|| ' ' || (SELECT count(*) FROM filing_participant WHERE filing_id = f.id)
		|| ' ' || (SELECT count(*) FROM filing_letter WHERE filing_id = f.id)
		|| ' ' || (SELECT count(*) FROM filing_document WHERE filing_id = f.id AND replaced_at IS NULL)
		|| ' ' || (SELECT count(*) FROM filing_statement WHERE filing_id = f.id AND voided_at IS NULL)
		|| ' ' || coalesce((SELECT string_agg(state, ',' ORDER BY number) FROM invoice WHERE subject_id = f.id), '') FROM filing f WHERE f.id = $1`, id).Scan(&out)
	if err != nil {
		f.t.Fatal(fmt.Errorf("fingerprint: %w", err))
	}
	return out
}

// lower is another browser of the same person, who came without EDS.
func (f *filings) lower(iin string) *browser {
	b := f.enters(iin)
	hash := sha256.Sum256([]byte(b.cookies[f.s.cookieName("session")]))
	_, err := f.deps.Pool.Exec(context.Background(), `UPDATE session SET means = 'link' WHERE id_hash = $1`, hash[:])
	must(err)
	return b
}

// The pages of an invoice are its payer's and the office's.
func TestMatrixOfInvoices(t *testing.T) {
	f := newFilings(t)
	filer := f.enters(filerIIN)
	path := f.formed(filer)
	pay := filer.post(path+"/pay", nil).to()
	at := strings.TrimSuffix(pay, "/pay")
	stranger, office := f.enters(thirdIIN), f.as(account.ResearchOffice)
	for _, r := range f.s.routes {
		name := r.method + " " + r.path
		if !slices.Contains(ofPayer, name) {
			continue
		}
		to := strings.Replace(r.path, "/payments/:id", at, 1)
		if got := call(stranger, r, to); got.status != fiber.StatusNotFound {
			t.Errorf("%s lets a stranger in: %d %s", name, got.status, got.to())
		}
		if got := call(office, r, to); got.status == fiber.StatusForbidden || got.status == fiber.StatusInternalServerError {
			t.Errorf("%s refuses the office: %d", name, got.status)
		}
		if got := call(filer, r, to); got.status == fiber.StatusForbidden || got.status == fiber.StatusInternalServerError {
			t.Errorf("%s refuses the payer: %d", name, got.status)
		}
	}
	for _, what := range []string{"/refund", "/transfer", "/refunded", "/give-up", "/ask"} {
		if got := filer.post(at+what, nil); got.status != fiber.StatusForbidden {
			t.Errorf("the payer may %s: %d", what, got.status)
		}
	}
}
