/** The address for HTTP of a server whose address for WebSockets is known (ws:// becomes http://); no slash at its end. For tools. */
export function httpBase(url: string): string {
  return url.replace(/^ws/, 'http').replace(/\/+$/, '');
}
