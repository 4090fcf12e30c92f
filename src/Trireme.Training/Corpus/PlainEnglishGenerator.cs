using System.Globalization;
using System.Reflection;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Corpus;

/// <summary>
/// Writes simple English from tables and rules that are part of this assembly: stories, questions about them, facts, word
/// and number tasks, and small talk. The same seed gives the same documents.
/// </summary>
internal sealed class PlainEnglishGenerator
{
    public const string Name = "plain-english";

    private const string TurnSeparator = " >> ";

    // People go on with another topic, type without capitals, and set a system prompt; each is frequent enough to be learned.
    private const double NextTopicShare = 0.35;
    private const int MostTopics = 6;
    private const double CarelessShare = 0.08;
    private const double SystemPromptShare = 0.08;

    private readonly SentenceGrammar _grammar;
    private readonly IReadOnlyList<Ingredient> _mixture;
    private readonly IReadOnlyList<Ingredient> _chats;

    public PlainEnglishGenerator()
    {
        Dictionary<string, WordTable> tables = Resources("tables/")
            .Select(resource => WordTable.Parse(Path.GetFileNameWithoutExtension(resource.Name), resource.Text))
            .ToDictionary(table => table.Name);
        _grammar = new SentenceGrammar(
            [.. tables.Values, .. ComputedTables.From(tables)], Resources("rules/").Select(resource => resource.Text));
        WordTable mixture = WordTable.Parse("mixture", Resources("mixture.txt").Single().Text);
        _mixture = [.. mixture.Rows.Select(Ingredient.From)];
        _chats = [.. _mixture.Where(ingredient => ingredient.Chat)];
    }

    public SentenceGrammar Grammar => _grammar;

    /// <summary>Documents with their special tokens, as a model reads them.</summary>
    public IReadOnlyList<string> Generate(int count, int seed)
    {
        SeededRandom random = SeededRandom.Stream(seed, Name);
        var documents = new string[count];
        for (int i = 0; i < count; i++) documents[i] = Document(Pick(_mixture, random), random);
        return documents;
    }

    private string Document(Ingredient ingredient, SeededRandom random)
    {
        if (!ingredient.Chat) return _grammar.Expand(ingredient.Rule, [], random) + SpecialTokens.End;

        var turns = new List<(string Role, string Content)>();
        if (random.Chance(SystemPromptShare)) turns.Add((ChatMarkup.System, _grammar.Expand("system", [], random)));
        AddTurns(turns, ingredient.Rule, random);
        for (int topics = 1; topics < MostTopics && random.Chance(NextTopicShare); topics++)
        {
            AddTurns(turns, Pick(_chats, random).Rule, random);
        }


        return ChatMarkup.Render(turns);
    }

    private void AddTurns(List<(string Role, string Content)> turns, string rule, SeededRandom random)
    {
        bool user = true;
        foreach (string turn in _grammar.Expand(rule, [], random).Split(TurnSeparator))
        {
            turns.Add(user ? (ChatMarkup.User, random.Chance(CarelessShare) ? Careless(turn) : turn) : (ChatMarkup.Assistant, turn));
            user = !user;
        }
    }

    private static string Careless(string question) => char.ToLowerInvariant(question[0]) + question[1..].TrimEnd('.', '?', '!');

    private static Ingredient Pick(IReadOnlyList<Ingredient> mixture, SeededRandom random)
    {
        int ticket = random.Next(mixture.Sum(ingredient => ingredient.Weight));
        int i = 0;
        while (ticket >= mixture[i].Weight) ticket -= mixture[i++].Weight;
        return mixture[i];
    }

    /// <summary>Embedded files whose name starts with the prefix, in an order that does not depend on the build.</summary>
    private static IEnumerable<(string Name, string Text)> Resources(string prefix)
    {
        Assembly assembly = typeof(PlainEnglishGenerator).Assembly;
        string[] names = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (name, reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }

    private sealed record Ingredient(string Rule, bool Chat, int Weight)
    {
        public static Ingredient From(WordRow row) =>
            new(row.Word, row["form"] == "chat", int.Parse(row["weight"]!, CultureInfo.InvariantCulture));
    }
}
