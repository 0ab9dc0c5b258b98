package web

import (
	"context"

	"kualik/internal/account"
	"kualik/internal/web/part"
)

// What the form of a profile says about its fields.

// profileSummary is the head of the list of what is wrong, or missing.
func profileSummary(ctx context.Context, p profileView) string {
	if p.Problem != "" {
		return p.Problem
	}
	return part.T(ctx, "eds.profile.missing", "Count", len(p.Links))
}

// profileSource says where a value came from; what was typed has no source.
func profileSource(ctx context.Context, p profileView, f account.Field) string {
	if s, ok := p.P.Sources[f]; ok && s != "" {
		return part.T(ctx, "account.source."+string(s))
	}
	return ""
}

func profileType(f account.Field) string {
	switch f {
	case account.FieldPhone, account.FieldFax:
		return "tel"
	case account.FieldEmail:
		return "email"
	}
	return "text"
}

func profileMode(f account.Field) string {
	switch f {
	case account.FieldPostcode, account.FieldBIN, account.FieldHeadIIN:
		return "numeric"
	}
	return ""
}

func profileComplete(f account.Field) string {
	return map[account.Field]string{account.FieldCountry: "country-name", account.FieldRegion: "address-level1", account.FieldPostcode: "postal-code",
		account.FieldAddress: "street-address", account.FieldPhone: "tel", account.FieldEmail: "email"}[f]
}

func profileHint(ctx context.Context, f account.Field) string {
	switch f {
	case account.FieldPostcode, account.FieldPhone, account.FieldRegion, account.FieldAddress, account.FieldNameForeign:
		return part.T(ctx, "eds.profile.hint."+string(f))
	}
	return ""
}

func profileWidth(f account.Field) string {
	switch f {
	case account.FieldAddress, account.FieldOrganisation, account.FieldNameForeign:
		return "w12"
	}
	return ""
}

func bornText(ctx context.Context, p profileView) string {
	if p.P.BirthDate == "" {
		return ""
	}
	return part.Day(ctx, p.P.BirthDate)
}
