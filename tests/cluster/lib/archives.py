"""Image archives with something wrong in them."""
import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib


def member(name, kind=tarfile.REGTYPE, data=b"", target="", mode=0o644, device=(0, 0)):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname, info.mode = kind, len(data), target, mode
    info.devmajor, info.devminor = device
    return info, data


def tar_of(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob(data):
    return member("blobs/sha256/" + hashlib.sha256(data).hexdigest(), data=data)


def to_json(value):
    return json.dumps(value).encode()


def archive_of(layer, name="hostile:latest", diff_id=None, compressed=None, labels=None):
    """An OCI archive with one layer.

    `compressed`: what is stored of it. `diff_id`: what the configuration claims that it is. `labels`: the image's.
    """
    stored = compressed if compressed is not None else layer
    kind = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if compressed is not None else "")
    config = to_json({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"], "Labels": labels or {}},
                      "rootfs": {"type": "layers", "diff_ids": [diff_id or digest(layer)]}})
    manifest = to_json({"schemaVersion": 2,
                        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                                   "digest": digest(config),
                                                       "size": len(config)},
                        "layers": [{"mediaType": kind, "digest": digest(stored),
                                    "size": len(stored)}]})
    index = to_json({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest(manifest),
        "size": len(manifest),
        "annotations": {"io.containerd.image.name": f"docker.io/library/{name}",
                        "org.opencontainers.image.ref.name": "latest"}}]})
    return tar_of([member("oci-layout", data=to_json({"imageLayoutVersion": "1.0.0"})),
                   blob(stored), blob(config), blob(manifest),
                   member("index.json", data=index)])


def with_layer(*members):
    return archive_of(tar_of(members))


def bomb(unpacked_bytes):
    """A layer that is far larger than its archive: zeros, gzipped.

    After a full flush each piece is the same, so it is made in no time.
    """
    info = tarfile.TarInfo("zeros")
    info.size = unpacked_bytes
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin = deflate.compress(info.tobuf(tarfile.GNU_FORMAT)) + deflate.flush(zlib.Z_FULL_FLUSH)
    pieces = [deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    stored = begin + pieces[0] + pieces[1] * ((unpacked_bytes >> 20) - 1) + deflate.flush()
    return archive_of(b"", diff_id=digest(b"of a bomb"), compressed=stored)


def bad_archives(good, outside):
    """Name -> bytes. `good`: an archive that loads; `outside`: what none of them may touch."""
    path = outside.lstrip("/")
    half = len(good) // 2
    layout = member("oci-layout", data=b'{"imageLayoutVersion":"1.0.0"}')
    up = "../" * 40
    zipped = gzip.compress(os.urandom(100_000))
    folder, name = os.path.split(outside)
    return {
        "nothing at all": b"",
        "random bytes": os.urandom(4096),
        "half of a good archive": good[:half],
        "a good archive without its index": tar_of([layout]),
        "a flipped byte in the middle": good[:half] + bytes([good[half] ^ 1]) + good[half + 1:],
        "an index that is not JSON": tar_of([layout, member("index.json", data=b"{[")]),
        "an index of 100,000 brackets": tar_of([layout, member("index.json", data=b"[" * 100_000)]),
        "a layer that is not what its digest says":
            archive_of(tar_of([member("a", data=b"x")]), diff_id=digest(b"other")),
        "a layer that climbs out with ..": with_layer(member(up + path, data=b"owned")),
        "a layer that writes through a link":
            with_layer(member("way", tarfile.SYMTYPE, target=folder),
                       member("way/" + name, data=b"owned")),
        "a layer with a hard link to the host":
            with_layer(member("host", tarfile.LNKTYPE, target=up + "etc/passwd")),
        "a layer with an absolute hard link":
            with_layer(member("host", tarfile.LNKTYPE, target="/etc/passwd"),
                       member("host", data=b"owned")),
        "a layer that ends in the middle of a file":
            archive_of(tar_of([member("a", data=bytes(100_000))])[:50_000]),
        "a gzip stream that breaks off":
            archive_of(b"", diff_id=digest(b""), compressed=zipped[:5_000]),
        "an archive that climbs out itself": tar_of([member(up + path, data=b"owned")]),
    }
