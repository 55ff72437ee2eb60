"""Where a password can be kept on this computer: the system's keyring, if there is one."""

from __future__ import annotations

from mailtui.model.account import Secret, SecretKind
from mailtui.model.errors import AuthError


def ways() -> tuple[SecretKind, ...]:
    """The best one first. Blocking: the keyring's backend is looked for."""
    every = (SecretKind.PLAIN, SecretKind.COMMAND, SecretKind.TOKEN_COMMAND)
    return (SecretKind.KEYRING, *every) if _has_keyring() else every


def service_of(host: str) -> str:
    """The name in the keyring that `keyring = true` means."""
    return f"mailtui:{host}"


def _has_keyring() -> bool:
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return False
    try:
        backend = keyring.get_keyring()
        return not isinstance(backend, fail.Keyring | null.Keyring) and float(backend.priority) > 0
    except Exception:  # a backend that can't even be looked at
        return False


class Kept:
    """A password in the keyring that can be taken back. Blocking: the keyring may ask the person to unlock it."""

    def __init__(self, host: str, user: str) -> None:
        self._service, self._user = service_of(host), user
        self._before: str | None = None

    def put(self, password: Secret) -> None:
        """Raises AuthError."""
        import keyring
        import keyring.errors

        try:
            self._before = keyring.get_password(self._service, self._user)
            keyring.set_password(self._service, self._user, password.reveal())
        except (keyring.errors.KeyringError, RuntimeError, OSError) as error:
            raise AuthError(
                f"the keyring did not take the password: {type(error).__name__}", "is it unlocked? or keep it elsewhere"
            ) from None

    def take_back(self) -> None:
        """As it was before `put`; what fails now stays."""
        import contextlib

        import keyring
        import keyring.errors

        with contextlib.suppress(keyring.errors.KeyringError, RuntimeError, OSError):
            if self._before is None:
                keyring.delete_password(self._service, self._user)
            else:
                keyring.set_password(self._service, self._user, self._before)
