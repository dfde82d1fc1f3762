package auth

import "golang.org/x/sys/windows"

// tokenFolder is where azidentity's cache puts the folder with its files.
func tokenFolder() (string, error) { return windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0) }

// settleKey has nothing to do: the system has one key for all.
func settleKey(string) (made bool, err error) { return false, nil }

// deleteKey has nothing to do: DPAPI's key is the user's, and not ours.
func deleteKey(string) error { return nil }
