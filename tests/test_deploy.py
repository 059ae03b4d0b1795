"""What deploy/ names exists: files, commands, ports, settings, secrets, addresses."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clinic import secret
from clinic.console.app import load_features
from clinic.console.views import VIEWS
from clinic.serving.health import Health
from clinic.settings import environment
from clinic.settings.environment import PROJECT, VARIABLES
from clinic.settings.environment.channels import CHANNELS
from clinic.start import commands, processes
from tests.assistant import free_port

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.socket"))
YAMLS = [DEPLOY / "compose.yml", *sorted((DEPLOY / "kubernetes").glob("*.yml"))]
TEXTS = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
VISITORS = {"/", "/appointment", "/chat", "/widget"}  # what they open, the links of confirmations included
KNOWN = {*VARIABLES, "LOG_FORMAT", "CLINIC_PROCESS", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def documents(path):
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def kubernetes(kind):
    everything = [d for path in YAMLS[1:] for d in documents(path)]
    return [document for document in everything if document["kind"] == kind]


def containers():
    for document in (*kubernetes("Deployment"), *kubernetes("Job")):
        pod = document["spec"]["template"]["spec"]
        yield from pod["containers"]
        yield from pod.get("initContainers", [])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_command_of_clinic_start_exists(path):
    text = re.sub(r"[\[\]\",]+", " ", path.read_text(encoding="utf-8"))
    known = {command.__name__ for command in commands.ALL}
    for name, argument in re.findall(r"-m +clinic\.start +([a-z]+)(?: +([a-z]+))?", text):
        assert name in known
        assert name != "process" or argument in processes.procfile()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_passes_systemds_own_check(path, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/clinic/.venv/bin/python", shutil.which("sh"))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / path.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_units_name_only_units_and_settings_that_there_are():
    names = {unit.name for unit in UNITS} | {"network.target", "postgresql.service"}
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        for line in re.findall(r"^(?:Requires|Wants|After)=(.+)$", text, re.MULTILINE):
            assert set(line.split()) <= names
        for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE):
            assert {part.split("=")[0] for part in line.split()} <= KNOWN
    settings = (DEPLOY / "systemd" / "clinic.env").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", settings, re.MULTILINE)) <= KNOWN


def test_the_site_balances_over_the_ports_that_the_assistants_have(monkeypatch):
    monkeypatch.setenv("WORKERS", "4")
    ports = processes.inner_ports(environment())
    site = (DEPLOY / "nginx" / "clinic.conf").read_text(encoding="utf-8")
    assert re.findall(r"server 127\.0\.0\.1:(\d+)", site) == [str(port) for port in ports]
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert all(str(port) in readme for port in ports)
    assert f"127.0.0.1:{ports[0]}/health/ready" in (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    assert f":{environment().actions_port}\n" in (DEPLOY / "systemd" / "clinic-actions.socket").read_text()


def test_the_consoles_site_and_service_name_the_port_that_the_console_has():
    port = environment().console_port
    assert f"proxy_pass http://127.0.0.1:{port};" in (DEPLOY / "nginx" / "console.conf").read_text()
    assert f"CONSOLE_PORT={port}" in (DEPLOY / "systemd" / "clinic-console.service").read_text()
    services = {service["metadata"]["name"]: service for service in kubernetes("Service")}
    assert services["clinic-console"]["spec"]["ports"][0]["port"] == port
    console = next(container for container in containers() if container["name"] == "console")
    assert console["ports"][0]["containerPort"] == port
    assert f"127.0.0.1:{port}:{port}" in (DEPLOY / "compose.yml").read_text(encoding="utf-8")


def test_every_process_of_the_procfile_can_be_started_by_systemd_and_kubernetes():
    started = [path.read_text(encoding="utf-8") for path in UNITS]
    pods = [container["command"][-1] for container in containers()]
    for name in processes.procfile():
        assert any(f"process {name}\n" in text for text in started), name
        assert name in pods


@pytest.mark.parametrize("name", ["clinic.conf", "console.conf"])
def test_the_site_passes_nginxs_own_check(tmp_path, name):
    if not shutil.which("nginx"):
        pytest.skip("nginx is not installed: make nginx")
    certificate, key = self_signed(tmp_path)
    site = (DEPLOY / "nginx" / name).read_text(encoding="utf-8")
    site = site.replace("/etc/nginx/clinic", str(DEPLOY / "nginx"))
    site = re.sub(r"/etc/ssl/certs/\S+\.pem", str(certificate), site)
    site = re.sub(r"/etc/ssl/private/\S+\.key", str(key), site)
    site = re.sub(r" *listen \[::\].*\n", "", site)  # not every machine has IPv6
    site = re.sub(r"listen \d+", lambda _: f"listen {free_port()}", site)  # which anybody may open
    temporary = "".join(f"{k}_temp_path {tmp_path}/{k}; " for k in ("proxy", "fastcgi", "uwsgi", "scgi"))
    text = f"pid pid; events {{}} http {{ client_body_temp_path {tmp_path}/body; {temporary}\n{site}\n}}"
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    command = ["nginx", "-t", "-q", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chat.example.org")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return paths


def test_the_image_copies_files_that_there_are_and_all_that_the_program_reads():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        source for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    }
    missing = [source for source in copied if not (PROJECT / source).exists()]
    assert missing == []
    assert {"clinic", "actions", "data", "migrations", "widget", "deploy/nginx", "Procfile"} <= copied
    assert {"config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "requirements.lock"} <= copied
    assert "tests/questions/golden.yml" in copied
    assert "FROM python:3.11" in text
    assert set(re.findall(r"\b([A-Z_]{4,})=", text)) <= KNOWN | {"PYTHON"}


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.name)
def test_every_yaml_file_can_be_read(path):
    assert all(isinstance(document, dict) for document in documents(path))


def test_probes_ask_addresses_that_there_are():
    assistants = {route.uri for route in Health().blueprint(None)._future_routes}
    load_features()
    routes = assistants & {one.path for one in VIEWS}  # both are asked in the same words
    asked = [
        container[probe]["httpGet"]["path"]
        for container in containers()
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        if "httpGet" in container.get(probe, {})
    ]
    assert len(asked) == 6
    assert set(asked) <= routes
    assistant = next(container for container in containers() if container["name"] == "assistant")
    assert assistant["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert assistant["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert assistant["ports"][0]["containerPort"] == environment().port


def test_containers_set_settings_that_are_read():
    named = {entry["name"] for container in containers() for entry in container.get("env", [])}
    service = documents(DEPLOY / "compose.yml")[0]["services"]
    named |= {name for each in service.values() for name in each["environment"]}
    assert named <= KNOWN


def test_pods_are_replaced_one_by_one_and_given_the_time_to_answer():
    for deployment in kubernetes("Deployment"):
        if deployment["metadata"]["name"] != "clinic-notifier":  # nobody waits for it
            assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        pod = deployment["spec"]["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] >= commands.STOP_FACTOR * environment().stop_seconds


def test_what_the_pods_mount_is_what_the_readme_makes():
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"--from-file=var/([\w-]+)", readme)) == set(secret.ALL)
    made = set(re.findall(r"create (?:secret generic|configmap) ([\w-]+)", readme))
    for document in (*kubernetes("Deployment"), *kubernetes("Job")):
        pod = document["spec"]["template"]["spec"]
        mounted = {volume.get("secret", {}).get("secretName") for volume in pod["volumes"]}
        mounted |= {volume.get("configMap", {}).get("name") for volume in pod["volumes"]}
        assert mounted - {None} <= made


def test_the_ingresses_lead_to_the_service_and_to_nothing_but_the_chat_and_the_platforms():
    service, _ = kubernetes("Service")
    paths = [p for i in kubernetes("Ingress") for rule in i["spec"]["rules"] for p in rule["http"]["paths"]]
    for path in paths:
        assert path["backend"]["service"]["name"] == service["metadata"]["name"]
        assert path["path"] in {*VISITORS, *(f"/webhooks/{channel}" for channel in CHANNELS)}
        assert path["path"] != "/" or path["pathType"] == "Exact"
    assert {path["path"] for path in paths} >= VISITORS
