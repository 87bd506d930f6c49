import type { ProviderSettings } from './idp.events.js';

/** Stands where the directory's id would, in the metadata of Entra ID for several directories. */
export const DIRECTORY_TEMPLATE = '{tenantid}';

/** Whether one metadata document speaks for several directories, each with an issuer of its own. */
export const isShared = (issuer: string): boolean => issuer.includes(DIRECTORY_TEMPLATE);

/** Every `iss` that tokens of this provider may have here. */
export const issuersOf = ({ issuer, directories }: Pick<ProviderSettings, 'issuer' | 'directories'>): readonly string[] =>
  isShared(issuer) ? directories.map((id) => issuer.replace(DIRECTORY_TEMPLATE, id)) : [issuer];
