using System.Text;

namespace Trireme.Training.Corpus;

/// <summary>
/// Rules with alternatives, and tables of words: a context-free grammar whose words are variables, so that a name, a thing
/// or a pronoun stays the same through a whole text. In a rule file a line that ends in ':' opens a rule and each indented
/// line below is one alternative; lines with '#' are comments.
/// </summary>
internal sealed class SentenceGrammar
{
    private const int DrawsBeforeRepeat = 20;

    private readonly Dictionary<string, WordTable> _tables;
    private readonly Dictionary<string, IReadOnlyList<TemplateNode>[]> _rules = [];
    private readonly Dictionary<(string Table, RowCondition Condition, string Wanted), WordRow[]> _matches = [];

    /// <exception cref="FormatException">A rule is malformed, or names a rule or table that does not exist.</exception>
    public SentenceGrammar(IEnumerable<WordTable> tables, IEnumerable<string> ruleFiles)
    {
        _tables = tables.ToDictionary(table => table.Name);
        foreach (string file in ruleFiles) AddRules(file);
        foreach ((string name, IReadOnlyList<TemplateNode>[] alternatives) in _rules)
        {
            foreach (IReadOnlyList<TemplateNode> alternative in alternatives) Check(alternative, name);
        }
    }

    public IReadOnlyCollection<string> Rules => _rules.Keys;

    /// <summary>One random text of a rule.</summary>
    /// <param name="rule">Name of the rule.</param>
    /// <param name="variables">Rows of the variables so far; what the text draws is added.</param>
    /// <param name="random">Decides every choice.</param>
    public string Expand(string rule, Dictionary<string, WordRow> variables, SeededRandom random)
    {
        var text = new StringBuilder();
        Append(new RuleNode(rule), variables, random, text);
        return EnglishSpelling.Correct(text.ToString());
    }

    private void Append(TemplateNode node, Dictionary<string, WordRow> variables, SeededRandom random, StringBuilder text)
    {
        switch (node)
        {
            case LiteralNode literal:
                text.Append(literal.Text);
                break;
            case WordNode word:
                AppendWord(word, variables, random, text);
                break;
            case ForgetNode forget:
                variables.Remove(forget.Variable);
                break;
            case ChoiceNode choice:
                foreach (TemplateNode part in choice.Options[random.Next(choice.Options.Count)]) Append(part, variables, random, text);
                break;
            case RuleNode rule:
                IReadOnlyList<TemplateNode>[] alternatives = _rules[rule.Rule];
                foreach (TemplateNode part in alternatives[random.Next(alternatives.Length)]) Append(part, variables, random, text);
                break;
        }
    }

    private void AppendWord(WordNode word, Dictionary<string, WordRow> variables, SeededRandom random, StringBuilder text)
    {
        if (!variables.TryGetValue(word.Variable, out WordRow? row))
        {
            if (word.Table is null) throw new FormatException($"{{{word.Variable}}} is used before it is drawn: \"{text}\".");
            variables[word.Variable] = row = Draw(word, variables, random);
        }

        string value = word.Column is null ? row.Word
            : row[word.Column]
            ?? throw new FormatException($"Table {row.Table}: \"{row.Word}\" has no {word.Column}, which \"{text}\" needs.");
        int start = text.Length;
        text.Append(value);
        if (word.Capital) text[start] = char.ToUpperInvariant(text[start]);
    }

    private WordRow Draw(WordNode word, Dictionary<string, WordRow> variables, SeededRandom random)
    {
        IReadOnlyList<WordRow> rows = word.Condition is { } condition
            ? Matching(word.Table!, condition, variables)
            : _tables[word.Table!].Rows;
        WordRow row = rows[random.Next(rows.Count)];
        // Two variables of one text are two things, as long as the table has enough of them.
        for (int i = 0; i < DrawsBeforeRepeat && variables.ContainsValue(row); i++) row = rows[random.Next(rows.Count)];
        return row;
    }

    private WordRow[] Matching(string table, RowCondition condition, Dictionary<string, WordRow> variables)
    {
        string wanted = (condition.OtherVariable is { } other ? variables[other][condition.OtherColumn!] : condition.Value) ?? "any";
        if (_matches.TryGetValue((table, condition, wanted), out WordRow[]? known)) return known;

        WordRow[] rows = [.. _tables[table].Rows.Where(row => Agree(row[condition.Column], wanted))];
        if (rows.Length == 0) throw new FormatException($"Table {table} has no row whose {condition.Column} is \"{wanted}\".");
        return _matches[(table, condition, wanted)] = rows;
    }

    private static bool Agree(string? value, string wanted) => value is not null && (wanted == "any" || value == "any" || value == wanted);

    private void AddRules(string file)
    {
        string? name = null;
        var alternatives = new List<IReadOnlyList<TemplateNode>>();
        foreach (string line in file.Split('\n'))
        {
            if (line.TrimStart().StartsWith('#') || line.Trim().Length == 0) continue;
            if (char.IsWhiteSpace(line[0]))
            {
                alternatives.Add(TemplateParser.Parse(line.Trim()));
                continue;
            }

            Close();
            name = line.TrimEnd().TrimEnd(':');
        }

        Close();

        void Close()
        {
            if (name is null) return;
            if (alternatives.Count == 0) throw new FormatException($"Rule {name} has no alternative.");
            if (!_rules.TryAdd(name, [.. alternatives])) throw new FormatException($"Rule {name} is there twice.");
            alternatives.Clear();
        }
    }

    private void Check(IEnumerable<TemplateNode> nodes, string rule)
    {
        foreach (TemplateNode node in nodes)
        {
            string? missing = node switch
            {
                RuleNode { Rule: var other } when !_rules.ContainsKey(other) => $"<{other}>",
                WordNode { Table: { } table } when !_tables.ContainsKey(table) => $"table {table}",
                _ => null,
            };
            if (missing is not null) throw new FormatException($"Rule {rule} uses {missing}, which does not exist.");
            if (node is ChoiceNode choice)
            {
                foreach (IReadOnlyList<TemplateNode> option in choice.Options) Check(option, rule);
            }
        }
    }
}
