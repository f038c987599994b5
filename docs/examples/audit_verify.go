// Audit_verify verifies an audit log of Sekisho with nothing of Sekisho: Go's own checksum database
// library (golang.org/x/mod/sumdb) hashes the tree and opens the notes.
//
//	audit_verify FOLDER LOG-KEY [WITNESS-KEY or CHECKPOINT-THAT-YOU-KEPT ...]
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	size, vouched, err := verify(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Println("NOT VERIFIED:", err)
		os.Exit(1)
	}
	fmt.Printf("OK %d records, of which %d are vouched for by no witness\n", size, size-vouched)
}

// verify returns how many records the log has, and how many of them a witness has signed.
func verify(folder, logKey string, keysOrKept []string) (size, vouched int64, err error) {
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return 0, 0, err
	}
	tree, err := openCheckpoint(filepath.Join(folder, "checkpoint"), log)
	if err != nil {
		return 0, 0, err
	}
	hashes, err := hashEntries(folder, tree.N)
	if err != nil {
		return 0, 0, err
	}
	if err := checkTree(tree, hashes); err != nil {
		return 0, 0, err
	}
	for _, tile := range tlog.NewTiles(8, 0, tree.N) {
		if last := tree.N>>uint(8*tile.L) - tile.N*256; tile.W < 256 && int64(tile.W) < last {
			continue // of an earlier size
		}
		there, err := readWidth(folder, strconv.Itoa(tile.L), tile.N, tile.W, 32)
		if err != nil {
			return 0, 0, err
		}
		if ours, err := tlog.ReadTileData(tile, hashes); err != nil || !bytes.Equal(ours, there) {
			return 0, 0, fmt.Errorf("a hash in tile %d of level %d was altered", tile.N, tile.L)
		}
	}
	for _, key := range keysOrKept {
		if _, err := os.Stat(key); err == nil {
			kept, err := openCheckpoint(key, log)
			if err == nil {
				err = checkTree(kept, hashes)
			}
			if err != nil {
				return 0, 0, fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		witness, err := newCosigner(key)
		if err != nil {
			return 0, 0, err
		}
		seen, err := openCheckpoint(filepath.Join(folder, "checkpoint"), log, witness)
		if err != nil { // it has not signed the newest one yet: its last is kept beside
			name := fmt.Sprintf("%08x", witness.KeyHash())
			seen, err = openCheckpoint(filepath.Join(folder, "cosigned", name), log, witness)
		}
		if err != nil {
			return 0, 0, fmt.Errorf("%s has not signed: %w", witness.Name(), err)
		}
		if err := checkTree(seen, hashes); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", witness.Name(), err)
		}
		vouched = max(vouched, seen.N)
	}
	return tree.N, vouched, nil
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}

// openCheckpoint returns the tree of a checkpoint that all of `signers` have signed, the log first.
func openCheckpoint(path string, signers ...note.Verifier) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(signers...))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(opened.Sigs) != len(signers) || len(lines) != 4 || lines[0] != signers[0].Name() {
		return tlog.Tree{}, fmt.Errorf("%s is not a checkpoint that all have signed", path)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// storedHashes are all hashes of the tree, in the order of `tlog.StoredHashIndex`.
type storedHashes []tlog.Hash

func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("the log has fewer records than that")
		}
		found[i] = s[index]
	}
	return found, nil
}

func hashEntries(folder string, size int64) (storedHashes, error) {
	var hashes storedHashes
	for first := int64(0); first < size; first += 256 {
		data, err := readWidth(folder, "entries", first/256, int(min(256, size-first)), 0)
		if err != nil {
			return nil, err
		}
		for index := first; index < min(first+256, size); index++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("bundle %d ends before entry %d", first/256, index)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			more, err := tlog.StoredHashes(index, data[2:end], hashes)
			if err != nil {
				return nil, err
			}
			hashes, data = append(hashes, more...), data[end:]
		}
		if len(data) > 0 && size-first >= 256 {
			return nil, fmt.Errorf("bundle %d holds more than its entries", first/256)
		}
	}
	return hashes, nil
}

func min(a, b int64) int64 { return -max(-a, -b) }

func checkTree(tree tlog.Tree, hashes storedHashes) error {
	root, err := tlog.TreeHash(tree.N, hashes)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the entries do not make the tree of %d that was signed", tree.N)
	}
	return err
}

// readWidth reads a tile of `each` bytes a hash, or a bundle (0); a full one replaces partial ones.
func readWidth(folder, kind string, index int64, width, each int) ([]byte, error) {
	name := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	full := filepath.Join(folder, "tile", kind, name)
	if width < 256 {
		if data, err := os.ReadFile(fmt.Sprintf("%s.p/%d", full, width)); err == nil {
			return data, nil
		}
	}
	data, err := os.ReadFile(full)
	if err == nil && each*width < len(data) && each > 0 {
		data = data[:each*width]
	}
	return data, err
}

// cosigner verifies cosignature/v1 (C2SP tlog-cosignature): a time, and a signature of it and the note.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	material, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(parts) != 3 || len(material) != 33 || material[0] != 4 {
		return nil, fmt.Errorf("not the key of a witness: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), material...))
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:]), material[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(c.key, []byte(message), signature[8:])
}
