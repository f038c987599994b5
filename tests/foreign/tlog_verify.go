// Tlog_verify checks a published audit log with code that is not ours: golang.org/x/mod/sumdb.
//
//	tlog_verify FOLDER LOG-KEY REMEMBERED WITNESS-KEY
//
// REMEMBERED is a file with a checkpoint that the witness has seen and signed: the log must have
// grown out of it.  What Go's library lacks, cosignatures (C2SP tlog-cosignature), stands below.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: tlog_verify FOLDER LOG-KEY REMEMBERED WITNESS-KEY")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
	fmt.Println("OK")
}

func verify(folder, logKey, remembered, witnessKey string) error {
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return err
	}
	witness, err := newCosigner(witnessKey)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(remembered, log, witness)
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(filepath.Join(folder, "checkpoint"), log)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, tiles{folder})
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	return checkEntries(folder, tree, hashes)
}

// openCheckpoint returns the tree of a checkpoint that all of these have signed.
func openCheckpoint(path string, signers ...note.Verifier) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(signers...))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != len(signers) {
		return tlog.Tree{}, fmt.Errorf("%s: %d of %d signatures", path, len(opened.Sigs), len(signers))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != signers[0].Name() {
		return tlog.Tree{}, fmt.Errorf("%s is not a checkpoint of %s", path, signers[0].Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkEntries compares every entry with the leaf hash that the signed root vouches for.
func checkEntries(folder string, tree tlog.Tree, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		if width > 256 {
			width = 256
		}
		entries, err := readBundle(folder, first/256, int(width))
		if err != nil {
			return err
		}
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != leaves[i] {
				return fmt.Errorf("entry %d was altered", first+int64(i))
			}
		}
		if err := checkInclusion(tree, hashes, first, entries[0]); err != nil {
			return err
		}
	}
	return nil
}

func checkInclusion(tree tlog.Tree, hashes tlog.HashReader, index int64, entry []byte) error {
	proof, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func readBundle(folder string, index int64, width int) ([][]byte, error) {
	data, err := readWidth(filepath.Join(folder, "tile", "entries", name(index)), width)
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle %d is cut short", index)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("bundle %d holds %d entries, not %d", index, len(entries), width)
	}
	return entries, nil
}

// tiles is a folder of tiles of height 8, named as C2SP tlog-tiles names them.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		path := filepath.Join(t.folder, "tile", strconv.Itoa(tile.L), name(tile.N))
		data, err := readWidth(path, tile.W)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func readWidth(path string, width int) ([]byte, error) {
	if width < 256 {
		path = fmt.Sprintf("%s.p/%d", path, width)
	}
	return os.ReadFile(path)
}

func name(index int64) string {
	text := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		text = fmt.Sprintf("x%03d/%s", index%1000, text)
	}
	return text
}

// cosigner verifies cosignature/v1: a time, and a signature of that time and the note.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("not a key: %s", vkey)
	}
	material, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(material) != 33 || material[0] != 4 {
		return nil, fmt.Errorf("not a key for cosignature/v1: %s", vkey)
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
	var message bytes.Buffer
	fmt.Fprintf(&message, "cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	message.Write(text)
	return ed25519.Verify(c.key, message.Bytes(), signature[8:])
}
