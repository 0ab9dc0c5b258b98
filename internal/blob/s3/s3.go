// Package s3 opens a bucket of S3 or of a server that speaks its language (MinIO, Ceph).
//
// It stands alone so that Amazon's libraries are in one room. It knows nothing of what is stored.
package s3

import (
	"context"
	"fmt"
	"net/url"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // the scheme s3
)

// OpenBucket opens s3://bucket?region=…&endpoint=…&use_path_style=true&prefix=…; credentials come from the
// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a profile or the machine's role.
func OpenBucket(ctx context.Context, address *url.URL) (*blob.Bucket, error) {
	bucket, err := blob.OpenBucket(ctx, address.String())
	if err != nil {
		return nil, fmt.Errorf("opening the bucket %s: %w", address.Host, err)
	}
	return bucket, nil
}
