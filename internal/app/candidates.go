package app

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/application"
	"kualik/internal/directory"
	"kualik/internal/matching"
	"kualik/internal/person"
	"kualik/internal/registry"
)

// candidateLimit is how many applications the matcher looks at; the nearest titles come first.
const candidateLimit = 200

// candidates gives the registry its view of staff and applications.
func (a *App) candidates() registry.Sources {
	return registry.Sources{Staff: a.staffCandidates, Applications: a.applicationCandidates}
}

func (a *App) staffCandidates(ctx context.Context, tx pgx.Tx, names, keys []string) ([]matching.Staff, error) {
	var hashes [][]byte
	for _, k := range keys {
		if b, err := hex.DecodeString(k); err == nil {
			hashes = append(hashes, b)
		}
	}
	list, err := directory.NewStore(tx, a.Keeper, a.Clock).Candidates(ctx, surnameKeys(names), hashes)
	if err != nil {
		return nil, err
	}
	out := make([]matching.Staff, len(list))
	for i, s := range list {
		out[i] = matching.Staff{ID: s.ID.String(), StaffID: s.StaffID, Surname: s.Surname, GivenName: s.GivenName, Patronymic: s.Patronymic,
			OtherNames: s.OtherNames, Department: s.Department, Key: hex.EncodeToString(s.IINHash), EmployedFrom: s.EmployedFrom, EmployedTo: s.EmployedTo}
	}
	return out, nil
}

func (a *App) applicationCandidates(ctx context.Context, tx pgx.Tx, c matching.Certificate) ([]matching.Application, error) {
	titles := []string{c.Title}
	if c.TitleKK != "" {
		titles = append(titles, c.TitleKK)
	}
	wanted := application.Wanted{NameKeys: surnameKeys(c.Authors), Titles: titles, Number: c.ApplicationNo}
	list, err := application.NewStore(tx, a.Keeper, a.Clock).Candidates(ctx, wanted, candidateLimit)
	if err != nil {
		return nil, err
	}
	out := make([]matching.Application, len(list))
	for i, p := range list {
		out[i] = matching.Application{ID: p.ID.String(), Ref: p.Ref, RegistryNo: p.RegistryNo, Title: p.Title, Kind: p.Kind, CreatedOn: p.CreatedOn, FiledOn: p.FiledOn}
		for _, author := range p.Authors {
			out[i].Authors = append(out[i].Authors, matching.ApplicationAuthor{Name: author.Name, Key: hex.EncodeToString(author.IINHash)})
		}
	}
	return out, nil
}

// surnameKeys are the folded keys of whatever in the names may be a surname: the first word mostly, but
// people write names in other orders too.
func surnameKeys(names []string) (keys []string) {
	for _, n := range names {
		keys = append(keys, person.Keys(person.ParseName(n).Surname)...)
		for _, word := range strings.Fields(n) {
			keys = append(keys, person.Keys(word)...)
		}
	}
	return keys
}
