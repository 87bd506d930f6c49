/** Where a browser ends up that follows redirects of one origin and keeps its cookies: the first address elsewhere. */
export const follow = async (start: string): Promise<string> => {
  const { origin } = new URL(start);
  const cookies = new Map<string, string>();
  for (let url = start, hops = 0; hops < 20; hops += 1) {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name!, value!);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${url} leads nowhere: ${response.status} ${(await response.text()).slice(0, 500)}`);
    url = new URL(location, url).href;
    if (new URL(url).origin !== origin) return url;
  }
  throw new Error('redirected in circles');
};
