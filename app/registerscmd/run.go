package registerscmd

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"atrio/gateway/gatewaydb"
	"atrio/gateway/registers"
)

// run is one import.
type run struct {
	store  *gatewaydb.Store
	out    io.Writer
	with   registers.Import
	people []registers.Person
	// complete is the kind of which the file names everybody; "" none.
	complete string
	many     bool
	// by is who imports and why, sum the SHA-256 of the file.
	by  map[string]string
	sum string
}

// result is what became of the people of a file.
type result struct {
	changed, same, left, ended int
	// kept are the affiliations that the file names; spared are the accounts of whom it
	// was not believed: what is in doubt is not ended.
	kept, spared map[string]bool
}

// all imports in batches, each a commit, and ends what a full file does not name.
func (r *run) all(ctx context.Context) error {
	if err := r.rehearse(ctx); err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	began := map[string]string{"file": r.sum, "people": strconv.Itoa(len(r.people)), "complete": r.complete}
	if err := r.note(ctx, "began", began); err != nil {
		return fmt.Errorf("nothing was imported, because the audit log could not be written: %w", err)
	}
	res, err := r.pass(ctx, r.with, r.out)
	if err == nil {
		err = r.end(ctx, &res)
	}
	if err != nil {
		return fmt.Errorf("%w\nwhat is told above is done; import the file again", err)
	}
	counts := map[string]string{"changed": strconv.Itoa(res.changed), "left": strconv.Itoa(res.left), "ended": strconv.Itoa(res.ended)}
	if err := r.note(ctx, "done", counts); err != nil {
		return err
	}
	word := ""
	if r.with.DryRun {
		word = " (a dry run: nothing was changed)"
	}
	fmt.Fprintf(r.out, "people of the file: %d; changed %d, the same %d, left %d; affiliations ended: %d%s\n", len(r.people), res.changed, res.same, res.left, res.ended, word)
	if res.left > 0 {
		return fmt.Errorf("%d people of the file were left: see their lines", res.left)
	}
	return nil
}

// note writes a line about the import itself.
func (r *run) note(ctx context.Context, state string, more map[string]string) error {
	if r.with.DryRun {
		return nil
	}
	ev := r.with.Event
	ev.Detail = maps.Clone(r.by)
	maps.Copy(ev.Detail, more)
	maps.Copy(ev.Detail, map[string]string{"import": r.with.ID, "state": state})
	return r.store.NoteImport(ctx, ev)
}

// batch is how many people are one commit: short, so that logins do not wait.
const batch = 100

// pass goes through the file, and tells what becomes of each.
func (r *run) pass(ctx context.Context, with registers.Import, out io.Writer) (result, error) {
	res := result{kept: map[string]bool{}, spared: map[string]bool{}}
	with.Lines = map[string]int{}
	for part := range slices.Chunk(r.people, batch) {
		told, err := r.store.ImportPeople(ctx, with, part)
		if err != nil {
			return res, err
		}
		for _, o := range told {
			switch {
			case o.Left != "":
				res.left++
				res.spared[o.Account] = true
				fmt.Fprintf(out, "line %d\t%s\tleft: %s\n", o.Line, o.Code, o.Left)
			case len(o.Changed) > 0:
				res.changed++
				fmt.Fprintf(out, "line %d\t%s\t%s\n", o.Line, o.Code, strings.Join(o.Changed, "; "))
			default:
				res.same++
			}
			for _, id := range o.Kept {
				res.kept[id] = true
			}
		}
	}
	return res, nil
}

// A full file may end a few affiliations, or this share of them: one that was cut off, or
// of another kind, must not end everybody's.
const (
	fewEnds   = 10
	shareEnds = 5
)

// rehearse refuses a full file that would end too much, before anything is changed.
func (r *run) rehearse(ctx context.Context) error {
	if r.complete == "" || r.many {
		return nil
	}
	dry := r.with
	dry.DryRun = true
	res, err := r.pass(ctx, dry, io.Discard)
	if err != nil {
		return err
	}
	open, ends, err := r.ending(ctx, res)
	if err != nil {
		return err
	}
	if len(ends) > fewEnds && len(ends) > open/shareEnds {
		return fmt.Errorf("--complete %s would end %d of %d affiliations: is the file whole? If it is, add --many", r.complete, len(ends), open)
	}
	return nil
}

// ending are the affiliations of the kind that the file does not name, of all that are open.
func (r *run) ending(ctx context.Context, res result) (open int, ends []registers.Open, err error) {
	if r.complete == "" {
		return 0, nil, nil
	}
	list, err := r.store.OpenAffiliations(ctx, r.complete, r.with)
	for _, o := range list {
		if !res.kept[o.ID] && !res.spared[o.Account] {
			ends = append(ends, o)
		}
	}
	return len(list), ends, err
}

// end ends them.
func (r *run) end(ctx context.Context, res *result) error {
	_, ends, err := r.ending(ctx, *res)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ends, batch) {
		if !r.with.DryRun {
			if err := r.store.EndAffiliations(ctx, r.with, part); err != nil {
				return err
			}
		}
		for _, o := range part {
			res.ended++
			fmt.Fprintf(r.out, "not in the file\t%s\t%s ends\n", o.Code, r.complete)
		}
	}
	return nil
}
