package audit

import "context"

// Store keeps the rows; db/shareddb implements it.
type Store interface {
	// AppendEvents inserts unchained rows in one transaction of its own.
	AppendEvents(ctx context.Context, events []Event) error
	// UnchainedEvents returns at most limit rows with Seq 0, smallest ID first.
	UnchainedEvents(ctx context.Context, limit int) ([]Row, error)
	// UnchainedTail counts the rows with Seq 0; a read, without a commit.
	UnchainedTail(ctx context.Context) (Tail, error)
	// ChainHead returns the chained row with the greatest Seq; zero Head if none.
	ChainHead(ctx context.Context) (Head, error)
	// ChainEvents writes the links and, when not nil, the checkpoint in one
	// transaction. The Seq of the first link is the head's plus one: a unique
	// index on Seq makes it fail with fault.Conflict when another node was
	// first. A row that already has a Seq must make it fail likewise.
	ChainEvents(ctx context.Context, links []Link, checkpoint *Checkpoint) error
	// ChainedEvents returns at most limit rows with Seq > after, in order of Seq.
	ChainedEvents(ctx context.Context, after int64, limit int) ([]Row, error)
	// Checkpoints returns at most limit checkpoints with Seq > after, in order.
	Checkpoints(ctx context.Context, after int64, limit int) ([]Checkpoint, error)
	Signatures
}
