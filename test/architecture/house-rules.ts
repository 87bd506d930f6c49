import ts from 'typescript';
import type { SourceText } from './repository.js';

/** What AGENTS.md asks and neither the compiler nor the import rules can say. */
export interface HouseRule {
  readonly name: string;
  /** Which files it is about. */
  readonly about: (path: string) => boolean;
  readonly breaks: (source: ts.SourceFile) => boolean;
}

const MOST_LINES = 300;
const inSrc = (path: string): boolean => path.startsWith('src/');
const inSrcBut = (exempt: RegExp) => (path: string): boolean => inSrc(path) && !exempt.test(path);
const everywhere = (): boolean => true;

/** True when some node of the file, at any depth, is of the kind. Comments and texts are no nodes. */
const some = (is: (node: ts.Node) => boolean) => {
  const search = (node: ts.Node): boolean => is(node) || (ts.forEachChild(node, search) ?? false);
  return (source: ts.SourceFile): boolean => search(source);
};
const isMember = (node: ts.Node, object: string, member: string): boolean =>
  ts.isPropertyAccessExpression(node) && node.name.text === member && ts.isIdentifier(node.expression) && node.expression.text === object;
const isIdentifier = (node: ts.Node, names: RegExp): boolean => ts.isIdentifier(node) && names.test(node.text);
const isDate = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'Date';
const isWithoutArguments = (node: ts.NewExpression | ts.CallExpression): boolean => (node.arguments?.length ?? 0) === 0;
const readsTheClock = (node: ts.Node): boolean =>
  isMember(node, 'Date', 'now') || isMember(node, 'performance', 'now')
  || ((ts.isNewExpression(node) || ts.isCallExpression(node)) && isDate(node.expression) && isWithoutArguments(node));
const isChance = (node: ts.Node): boolean =>
  isMember(node, 'Math', 'random') || isIdentifier(node, /^(randomUUID|randomBytes|randomInt|getRandomValues)$/);
const imports = (from: string, name: RegExp) =>
  some((node) => ts.isImportDeclaration(node) && isText(node.moduleSpecifier, from) && importedNames(node).some((word) => name.test(word)));
const isText = (node: ts.Node, text: string): boolean => ts.isStringLiteral(node) && node.text === text;
const importedNames = ({ importClause }: ts.ImportDeclaration): readonly string[] => {
  const bindings = importClause?.namedBindings;
  if (!bindings) return [];
  return ts.isNamedImports(bindings) ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : ['*'];
};
const hasModifier = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);
const isNamed = (node: ts.Node, names: RegExp): boolean =>
  (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) && names.test(node.name?.text ?? '');

export const houseRules: readonly HouseRule[] = [
  { name: 'only the platform reads the clock', about: inSrcBut(/^src\/platform\//), breaks: some(readsTheClock) },
  { name: 'only the platform throws dice', about: inSrcBut(/^src\/platform\//), breaks: some(isChance) },
  {
    name: 'only config.ts reads the environment', about: inSrcBut(/^src\/platform\/config\.ts$/),
    breaks: some((node) => isMember(node, 'process', 'env') || isMember(node, 'process', 'loadEnvFile')),
  },
  {
    // One hand writes: what is appended elsewhere was not decided.
    name: 'only write.ts appends', about: inSrcBut(/^src\/(platform\/|commands\/write\.ts$)/),
    breaks: some((node) =>
      ts.isPropertyAccessExpression(node) && node.name.text === 'append' && /ledger$/i.test(node.expression.getText())),
  },
  {
    // EventBus, AggregateRoot, EventPublisher and Saga live in memory and drop errors: a crash loses what they carry.
    name: 'of @nestjs/cqrs only commands', about: inSrc,
    breaks: imports('@nestjs/cqrs', /^(?!(Command|CommandBus|CommandHandler|ICommandHandler|CqrsModule)$)/),
  },
  {
    name: 'no HTTP below src/api', about: inSrcBut(/^src\/(api\/|[^/]+\.ts$)/),
    breaks: imports('@nestjs/common', /Exception$|^Http|^\*$/),
  },
  {
    name: 'no @Global, forwardRef or request scope', about: inSrc,
    breaks: some((node) =>
      isIdentifier(node, /^forwardRef$/) || isMember(node, 'Scope', 'REQUEST')
      || (ts.isDecorator(node) && /^@Global\b/.test(node.getText()))),
  },
  { name: 'no enums', about: everywhere, breaks: some(ts.isEnumDeclaration) },
  {
    name: 'no default exports', about: (path) => path !== 'jest.config.js' && !path.startsWith('test/runner/'),
    breaks: some((node) => (ts.isExportAssignment(node) && !node.isExportEquals) || hasModifier(node, ts.SyntaxKind.DefaultKeyword)),
  },
  { name: 'no barrels', about: inSrc, breaks: ({ fileName }) => /(^|\/)index\.ts$/.test(fileName) },
  {
    name: 'file names in kebab-case', about: everywhere,
    breaks: ({ fileName }) => !/(^|\/)[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*\.ts$/.test(fileName),
  },
  {
    name: 'names say what a thing is', about: everywhere,
    breaks: some((node) =>
      isNamed(node, /(Manager|Helper|Utils?|Service|Impl)$|^(Base|Abstract)[A-Z]|[a-z]Base$/)
      || (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(node.name.text))),
  },
  // In brackets, or this file would break its own rule.
  { name: 'nothing unfinished', about: everywhere, breaks: ({ text }) => /\b(TO[D]O|FIX[M]E|X{3})\b/.test(text) },
  { name: `at most ${MOST_LINES} lines`, about: everywhere, breaks: ({ text }) => text.replace(/\n$/, '').split('\n').length > MOST_LINES },
];

/** The names of the rules that the file breaks. */
export const brokenRules = ({ path, text }: SourceText, rules = houseRules): readonly string[] => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return rules.filter(({ about, breaks }) => about(path) && breaks(source)).map(({ name }) => name);
};
