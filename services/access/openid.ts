// Signing in at an OpenID Connect provider: the authorization code flow with PKCE, state and nonce, of which nothing is
// optional. The ID token's signature, issuer, audience, times and nonce are checked by openid-client, which takes neither `none` nor HMAC.
import * as oidc from 'openid-client';
import { UserError } from '../platform/errors.ts';
import type { Identity } from './people.ts';

export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
}

/** What must be known again when the browser comes back. */
export interface Leaving {
  url: string;
  state: string;
  nonce: string;
  verifier: string;
}

export interface OpenIdClient {
  /** Where to send the browser, and what to remember of it. @throws SignInFailed */
  leave(redirectUri: string): Promise<Leaving>;
  /** Whom the provider vouches for. @param returned the address that the browser came back to. @throws SignInFailed */
  arrive(returned: URL, left: Omit<Leaving, 'url'>): Promise<Identity>;
  /** Where a person signs out of the provider as well; null when it has no such page or does not answer. */
  endOfSession(): Promise<string | null>;
}

/** `unreachable`: the provider does not answer. `refused`: it, or a check of what it sent, says no. */
export class SignInFailed extends Error {
  readonly why: 'unreachable' | 'refused';

  constructor(why: 'unreachable' | 'refused', cause: unknown) {
    super(`sign-in ${why}: ${(cause as Error).message}`, { cause });
    this.name = 'SignInFailed';
    this.why = why;
  }
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
const PATIENCE_SECONDS = 10;

/** @throws UserError `bad-configuration` when the issuer is reached without TLS and not on this machine */
export function issuerUrl(issuer: string): URL {
  const url = new URL(issuer);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return url;
  throw new UserError(
    'bad-configuration',
    'WAYMARK_OIDC_ISSUER must begin with https:// (http:// only for a test provider on this machine).',
    { field: 'WAYMARK_OIDC_ISSUER' },
  );
}

/** An answer of the provider, or none: what failed on the way is `unreachable`, all else a refusal. */
const failureOf = (error: unknown): SignInFailed => {
  const { code } = error as { code?: string };
  const unanswered =
    error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
  return new SignInFailed(unanswered ? 'unreachable' : 'refused', error);
};

async function discovered({ issuer, clientId, clientSecret }: OpenIdSettings): Promise<oidc.Configuration> {
  const url = issuerUrl(issuer);
  const config = await oidc.discovery(url, clientId, undefined, oidc.ClientSecretBasic(clientSecret), {
    timeout: PATIENCE_SECONDS,
    ...(url.protocol === 'http:' && { execute: [oidc.allowInsecureRequests] }),
  });
  oidc.enableNonRepudiationChecks(config);
  return config;
}

/** Finds the provider when it is first needed, and again after it could not be found. */
export function openIdClient(settings: OpenIdSettings): OpenIdClient {
  let known: Promise<oidc.Configuration> | null = null;
  const provider = (): Promise<oidc.Configuration> => {
    known ??= discovered(settings);
    known.catch(() => {
      known = null;
    });
    return known;
  };
  const asking = async <T>(work: (config: oidc.Configuration) => Promise<T>): Promise<T> => {
    try {
      return await work(await provider());
    } catch (error) {
      throw failureOf(error);
    }
  };
  return {
    leave: (redirectUri) =>
      asking(async (config) => {
        const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
        const verifier = oidc.randomPKCECodeVerifier();
        const url = oidc.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: 'openid email',
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        return { url: url.href, state, nonce, verifier };
      }),
    arrive: (returned, { state, nonce, verifier }) =>
      asking(async (config) => {
        const tokens = await oidc.authorizationCodeGrant(config, returned, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims) throw new Error('there was no ID token');
        const email =
          claims.email_verified === true && typeof claims.email === 'string' ? claims.email : null;
        return { issuer: claims.iss, subject: claims.sub, email: email?.toLowerCase() ?? null };
      }),
    async endOfSession() {
      try {
        const config = await provider();
        if (!config.serverMetadata().end_session_endpoint) return null;
        return oidc.buildEndSessionUrl(config).href;
      } catch {
        return null;
      }
    },
  };
}
