#!/usr/bin/env python3
"""Makes an image archive from Debian's busybox-static, for demos and tests.

    make_busybox_image.py OUT.tar [--arch amd64|arm64|arm/v7|…] [--name busybox:latest]
                          [--format oci|docker] [--compress none|gzip]

The architecture is what the image says of itself; the program inside is this machine's. The same arguments give the same bytes.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

CREATED = "2026-01-01T00:00:00Z"
FOLDERS = ["bin", "etc", "home", "root", "tmp", "usr", "usr/bin", "var", "var/run", "dev", "proc", "sys"]
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n",
    "etc/hostname": "busybox\n",
}


def busybox_path():
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path):
            return path
    sys.exit("make_busybox_image.py: no busybox here; apt-get install busybox-static")


def entry(name, kind, mode, size=0, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, size, target
    return info


def layer_tar():
    path = busybox_path()
    with open(path, "rb") as file:
        program = file.read()
    applets = subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout.split()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder in FOLDERS:
            tar.addfile(entry(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755))
        tar.addfile(entry("bin/busybox", tarfile.REGTYPE, 0o755, len(program)), io.BytesIO(program))
        for applet in sorted(set(applets) - {"busybox"}):
            tar.addfile(entry("bin/" + applet, tarfile.SYMTYPE, 0o777, target="busybox"))
        for name, text in FILES.items():
            tar.addfile(entry(name, tarfile.REGTYPE, 0o644, len(text)), io.BytesIO(text.encode()))
    return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob_path(data):
    return "blobs/sha256/" + hashlib.sha256(data).hexdigest()


def to_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def descriptor(media_type, data, **more):
    return {"mediaType": "application/vnd.oci.image." + media_type, "digest": digest(data), "size": len(data), **more}


def oci_files(name, platform, config, layer, layer_type):
    manifest = to_json({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("config.v1+json", config),
        "layers": [descriptor(layer_type, layer)],
    })
    repository, _, tag = name.rpartition(":")
    full_name = name if "/" in repository else "docker.io/library/" + name
    annotations = {"io.containerd.image.name": full_name, "org.opencontainers.image.ref.name": tag}
    index = to_json({
        "schemaVersion": 2,
        "manifests": [descriptor("manifest.v1+json", manifest, platform=platform, annotations=annotations)],
    })
    return [("oci-layout", to_json({"imageLayoutVersion": "1.0.0"})), (blob_path(layer), layer),
            (blob_path(config), config), (blob_path(manifest), manifest), ("index.json", index)]


def docker_files(name, config, layer):
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    layer_name = hashlib.sha256(layer).hexdigest() + "/layer.tar"
    manifest = to_json([{"Config": config_name, "RepoTags": [name], "Layers": [layer_name]}])
    return [(layer_name, layer), (config_name, config), ("manifest.json", manifest)]


def main():
    parser = argparse.ArgumentParser(description="makes an image archive from Debian's busybox-static")
    parser.add_argument("out")
    parser.add_argument("--arch", default="amd64", help="amd64, arm64, arm/v7, … (default: amd64)")
    parser.add_argument("--name", default="busybox:latest")
    parser.add_argument("--format", choices=["oci", "docker"], default="oci")
    parser.add_argument("--compress", choices=["none", "gzip"], default="gzip", help="of the layer")
    options = parser.parse_args()
    name = options.name if ":" in options.name.rpartition("/")[2] else options.name + ":latest"

    architecture, _, variant = options.arch.partition("/")
    platform = {"architecture": architecture, "os": "linux"}
    if variant:
        platform["variant"] = variant
    tar = layer_tar()
    config = to_json({
        "created": CREATED,
        **platform,
        "config": {"Env": ["PATH=/bin:/usr/bin"], "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(tar)]},
        "history": [{"created": CREATED, "created_by": "make_busybox_image.py"}],
    })
    zipped = options.compress == "gzip"
    layer = gzip.compress(tar, compresslevel=6, mtime=0) if zipped else tar
    if options.format == "oci":
        files = oci_files(name, platform, config, layer, "layer.v1.tar+gzip" if zipped else "layer.v1.tar")
    else:
        files = docker_files(name, config, layer)
    with tarfile.open(options.out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in files:
            archive.addfile(entry(path, tarfile.REGTYPE, 0o644, len(data)), io.BytesIO(data))


main()
