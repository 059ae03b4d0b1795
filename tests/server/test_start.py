"""Starting and stopping, as a newcomer meets it."""

import os
import signal
import socket
import subprocess
import sys

from tests.assistant import NOW, PROJECT, free_port


def start(tmp_path, **variables):
    settings = {"CLINIC_DATA": str(tmp_path), "PORT": str(free_port()), "ACTIONS_PORT": str(free_port())}
    settings |= {"CONSOLE_PORT": str(free_port())}
    settings |= {"CLINIC_FILE": str(PROJECT / "tests" / "clinic.yml"), "CLINIC_NOW": NOW}
    settings |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'clinic.db'}"} | variables
    return subprocess.run(
        [sys.executable, "-m", "clinic.start"],
        cwd=PROJECT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = start(tmp_path, PORT=str(port))
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert f"port {port}" in line
    assert "make run" in line


def test_a_mistake_in_clinic_yml_is_named_with_its_line(tmp_path):
    wrong = tmp_path / "clinic.yml"
    text = (PROJECT / "clinic.yml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("minutes: 30", "minutes: soon"), encoding="utf-8")
    result = start(tmp_path, CLINIC_FILE=str(wrong))
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    number = next(n for n, content in enumerate(text.splitlines(), 1) if "minutes: 30" in content)
    assert f"line {number}" in line


def test_a_missing_clinic_yml_is_one_clear_line(tmp_path):
    result = start(tmp_path, CLINIC_FILE=str(tmp_path / "none.yml"))
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_port_that_is_no_number_is_one_clear_line(tmp_path):
    result = start(tmp_path, PORT="http")
    assert result.returncode == 1
    assert "PORT must be a port number" in result.stderr


def test_e_mails_without_a_sender_are_one_clear_line(tmp_path):
    file = tmp_path / "clinic.yml"
    text = (PROJECT / "clinic.yml").read_text(encoding="utf-8")
    file.write_text(text.replace("  email: hello@clinic.example\n", ""), encoding="utf-8")
    result = start(tmp_path, CLINIC_FILE=str(file), MAIL_HOST="smtp.example")
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert "set MAIL_FROM" in line


def test_ctrl_c_ends_every_process(tmp_path):
    from tests.assistant import Assistant  # noqa: PLC0415

    running = Assistant(tmp_path).wait()
    children = subprocess.run(
        ["pgrep", "-g", str(running.process.pid)], capture_output=True, text=True, check=False
    ).stdout
    running.process.send_signal(signal.SIGINT)
    running.process.wait(30)
    assert "stopped" in running.log.read_text(errors="replace")
    for port in (running.port, running.actions_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, children


def test_many_processes_on_sqlite_are_refused_in_one_clear_line(tmp_path):
    result = start(tmp_path, WORKERS="4")
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert "WORKERS=4 needs PostgreSQL" in line
    assert "DATABASE_URL=postgresql://" in line


def test_many_processes_without_nginx_are_refused_in_one_clear_line(tmp_path):
    result = start(tmp_path, WORKERS="2", DATABASE_URL="postgresql://127.0.0.1/x", PATH=str(tmp_path))
    assert result.returncode == 1
    (line,) = result.stderr.strip().splitlines()
    assert "needs nginx" in line
    assert "apt-get install nginx-light" in line


def test_an_unknown_command_names_those_there_are():
    done = command("dance")
    assert done.returncode == 64
    assert "run, chat, train, prepare, process, restart" in done.stderr


def test_an_unknown_process_names_those_there_are(tmp_path):
    done = command("process", "piano", CLINIC_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "actions, assistant" in done.stderr


def test_a_restart_of_nothing_is_one_clear_line(tmp_path):
    done = command("restart", CLINIC_DATA=str(tmp_path))
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "make run" in line


def command(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "clinic.start", *arguments],
        cwd=PROJECT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
