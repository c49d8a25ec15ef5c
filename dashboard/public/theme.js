// Applies the chosen theme before the first paint; a separate file, since no inline script is allowed.
try {
  const theme = localStorage.getItem('neureus.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme.
}
