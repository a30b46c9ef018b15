// A browser with no pages: it keeps cookies by host and port, follows redirects, and tells where it came to.

export interface Visited {
  status: number;
  url: string;
  body: string;
  headers: Headers;
}

export class Browsing {
  /** By origin. Real browsers share cookies between ports of a host; the names here never meet. */
  readonly jar = new Map<string, Map<string, string>>();

  #keep(origin: string, response: Response): void {
    const cookies = this.jar.get(origin) ?? new Map<string, string>();
    this.jar.set(origin, cookies);
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  /** One request, without following. */
  async ask(url: string, form?: Record<string, string>): Promise<Response> {
    const { origin } = new URL(url);
    const cookie = [...(this.jar.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    this.#keep(origin, response);
    return response;
  }

  /** Follows redirects, and the refresh of a page in between, to where they end. */
  async visit(url: string, form?: Record<string, string>): Promise<Visited> {
    let [at, sent] = [url, form];
    for (let steps = 0; steps < 12; steps += 1) {
      const response = await this.ask(at, sent);
      const body = await response.text();
      const refresh = /^0;url=(.+)$/.exec(response.headers.get('refresh') ?? '')?.[1];
      const next = response.headers.get('location') ?? refresh;
      if (next === null || next === undefined)
        return { status: response.status, url: at, body, headers: response.headers };
      [at, sent] = [new URL(next, at).href, undefined];
    }
    throw new Error(`went round in circles at ${at}`);
  }
}

/** What the forms of a page carry besides what is filled in. */
export async function formOf(browser: Browsing, url: string): Promise<{ token: string }> {
  const { body } = await browser.visit(url);
  return { token: /name="token" value="([\w-]+)"/.exec(body)?.[1] ?? '' };
}
