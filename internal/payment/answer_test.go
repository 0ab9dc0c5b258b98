package payment

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const shop = "67e34d63-102f-4bd1-898e-370781d0074d"

// The bodies have the form of epayment.kz, "check-status-payment".
func TestWhatTheBanksAnswersSay(t *testing.T) {
	transaction := func(status, more string) string {
		return `"transaction":{"id":"af2089fe-43b1-47eb-a61f-c78dd196e18d","invoiceID":"100001","amount":7380.4,"amountBonus":0,
			"currency":"KZT","terminal":"98120001","terminalID":"` + shop + `","statusID":"4","statusName":"` + status + `"` + more + `}`
	}
	ok := `{"resultCode":"100","resultMessage":"SUCCESS",`
	for name, c := range map[string]struct {
		body string
		want Verdict
	}{
		"paid":                              {ok + transaction("CHARGE", "") + `}`, Charged},
		"code as a number":                  {`{"resultCode":100,` + transaction("CHARGE", "") + `}`, Charged},
		"held":                              {ok + transaction("AUTH", "") + `}`, Held},
		"back":                              {ok + transaction("REFUND", "") + `}`, Returned},
		"back in part":                      {ok + transaction("PARTIAL_REFUND", "") + `}`, Partly},
		"released":                          {ok + transaction("CANCEL", "") + `}`, Released},
		"released long ago":                 {ok + transaction("CANCEL_OLD", "") + `}`, Released},
		"begun":                             {ok + transaction("NEW", "") + `}`, Pending},
		"at the 3-D page":                   {ok + transaction("3D", "") + `}`, Pending},
		"rejected":                          {`{"resultCode":"101",` + transaction("REJECT", `,"reasonCode":484`) + `}`, Rejected},
		"failed":                            {ok + transaction("FAILED", `,"reasonCode":"499"`) + `}`, Rejected},
		"failed, but not final":             {ok + transaction("FAILED", `,"reasonCode":454`) + `}`, Pending},
		"a status that nobody knows":        {ok + transaction("SOMETHING", "") + `}`, NoAnswer},
		"rejected, but not what":            {`{"resultCode":"101","resultMessage":"REJECT"}`, NoAnswer},
		"not found":                         {`{"resultCode":"102","resultMessage":"NOT FOUND"}`, None},
		"error":                             {`{"resultCode":"103"}`, NoAnswer},
		"no terminal":                       {`{"resultCode":"104"}`, NoAnswer},
		"later":                             {`{"resultCode":"107"}`, NoAnswer},
		"not our terminal":                  {`{"resultCode":"109"}`, NoAnswer},
		"done, but not what":                {`{"resultCode":"100"}`, NoAnswer},
		"no code":                           {`{}`, NoAnswer},
		"a page":                            {`<html>502</html>`, NoAnswer},
		"nothing":                           {``, NoAnswer},
		"another invoice's":                 {strings.Replace(ok+transaction("CHARGE", "")+`}`, "100001", "100002", 1), NoAnswer},
		"another shop's":                    {strings.Replace(ok+transaction("CHARGE", "")+`}`, shop, "00000000-102f-4bd1-898e-370781d0074d", 1), NoAnswer},
		"another currency":                  {strings.Replace(ok+transaction("CHARGE", "")+`}`, "KZT", "USD", 1), NoAnswer},
		"a sum that is none":                {strings.Replace(ok+transaction("CHARGE", "")+`}`, "7380.4", "7380.404", 1), NoAnswer},
		"a charge of another sum is charge": {strings.Replace(ok+transaction("CHARGE", "")+`}`, "7380.4", "1", 1), Charged},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Service{bank: &Bank{o: BankOptions{Terminal: shop}}}
			require.Equal(t, c.want, s.read(Invoice{Number: "100001"}, readAnswer(200, []byte(c.body))))
		})
	}
	require.Equal(t, NoAnswer, Answer{err: errors.New("no route")}.Verdict())
}

func TestWhatTheLedgerKeepsOfTheBanksMessages(t *testing.T) {
	got := cleaned([]byte(`{"invoiceId":"100001","secret_hash":"s","cardId":"c","cardMask":"440563...5096","note":["card 4405639704015096 of A","4405639704015097"],"deep":{"PAN":"1"}}`))
	require.Equal(t, map[string]any{"invoiceId": "100001", "cardMask": "440563...5096", "deep": map[string]any{},
		"note": []any{"card 440563******5096 of A", "4405639704015097"}}, got)
	require.Equal(t, map[string]any{"text": "502"}, cleaned([]byte("5\x0002")))
}
