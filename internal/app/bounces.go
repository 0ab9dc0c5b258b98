package app

import (
	"context"

	"kualik/internal/message"
	"kualik/internal/notify"
)

// cameBack takes a report about a letter of ours in. A report on any other mail is left to the followers
// behind, who will see that it is no person's.
func (a *App) cameBack(ctx context.Context, m arrived) (taken bool, err error) {
	if m.Msg.Report == nil {
		return false, nil
	}
	return a.Notify.Returned(ctx, report(m.ID.String(), m.Msg.Report))
}

func report(id string, r *message.DeliveryReport) notify.Report {
	out := notify.Report{ID: id, Original: r.OriginalMessageID}
	for _, d := range r.Recipients {
		out.Recipients = append(out.Recipients, notify.Fate{Address: d.Address, Action: d.Action, Status: d.Status, Diagnostic: d.Diagnostic})
	}
	return out
}
