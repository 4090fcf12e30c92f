using System.Text.RegularExpressions;
using Trireme.Contracts.Resources;
using Trireme.Training.Corpus;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Tests.Corpus;

public class PlainEnglishTests
{
    private const int Count = 8000;

    private static readonly IReadOnlyList<string> Documents = new PlainEnglishGenerator().Generate(Count, seed: 7);

    [Fact]
    public void The_same_seed_gives_the_same_documents() => Assert.Equal(Documents, new PlainEnglishGenerator().Generate(Count, seed: 7));

    [Fact]
    public void Another_seed_gives_other_documents()
    {
        double shared = Documents.Intersect(new PlainEnglishGenerator().Generate(Count, seed: 8)).Count() / (double)Count;
        Assert.InRange(shared, 0, 0.3);
    }

    [Fact]
    public void Most_documents_are_there_once()
    {
        Assert.InRange(Documents.Distinct().Count() / (double)Count, 0.85, 1);
        int texts = Documents.Count(document => document.EndsWith(SpecialTokens.End, StringComparison.Ordinal));
        Assert.InRange(texts / (double)Count, 0.07, 0.2);
    }

    /// <summary>A rule or column that is misspelled only shows when it is drawn, so each is drawn often.</summary>
    [Fact]
    public void Every_rule_of_a_document_can_be_written()
    {
        var generator = new PlainEnglishGenerator();
        var random = new SeededRandom(3);
        string[] starts =
            ["story", "long-story", "place-text", "story-chat", "reading", "fact", "word-task", "number-task", "talk", "system"];
        Assert.Superset(starts.ToHashSet(), generator.Grammar.Rules.ToHashSet());
        foreach (string rule in starts)
        {
            for (int i = 0; i < 400; i++) Assert.NotEmpty(generator.Grammar.Expand(rule, [], random));
        }
    }

    [Theory]
    [InlineData("two spaces in a row", "  ")]
    [InlineData("a space before punctuation", @" [.,!?]")]
    [InlineData("\"a\" before a vowel", @"\b[Aa] (?!uni|use|one\b)[aeiou]")]
    [InlineData("\"an\" before a consonant", @"\b[Aa]n (?!hour\b)[^aeiou\W]")]
    [InlineData("a word twice", @"\b(the|a|an|is|and|to|was|of) \1\b")]
    [InlineData("a template mark", @"[{}\[\]]|<(?!\|)|(?<!\|)>")]
    [InlineData("a lower case letter after a full stop", @"\. [a-z]")]
    public void No_sentence_has(string mistake, string pattern)
    {
        var regex = new Regex(pattern);
        string? found = Documents.FirstOrDefault(regex.IsMatch);
        Assert.True(found is null, $"There is {mistake}: {found}");
    }

    [Fact]
    public void Every_answer_and_every_text_ends_like_a_sentence()
    {
        foreach (string document in Documents)
        {
            MatchCollection answers = Regex.Matches(document, @"<\|im_start\|>assistant\n(.*?)<\|im_end\|>|^([^<].*)<\|end\|>$");
            Assert.NotEmpty(answers);
            foreach (Match answer in answers)
            {
                string text = answer.Groups[1].Value + answer.Groups[2].Value;
                Assert.True(text[^1] is '.' or '!' or '?' || text.EndsWith("!\"", StringComparison.Ordinal), text);
                Assert.True(char.IsUpper(text[0]) || char.IsDigit(text[0]) || text[0] == '"', text);
            }
        }
    }

    [Fact]
    public void Turns_alternate_and_end_with_the_assistant()
    {
        foreach (string document in Documents.Where(document => document.StartsWith(SpecialTokens.TurnStart, StringComparison.Ordinal)))
        {
            MatchCollection starts = Regex.Matches(document, @"<\|im_start\|>(\w+)\n");
            string[] roles = [.. starts.Select(match => match.Groups[1].Value).SkipWhile(role => role == "system")];
            Assert.Equal(0, roles.Length % 2);
            for (int i = 0; i < roles.Length; i++) Assert.Equal(i % 2 == 0 ? "user" : "assistant", roles[i]);
        }
    }

    /// <summary>A fact that changes from document to document cannot be learned.</summary>
    [Theory]
    [InlineData("sounds", @"What do (\w+) say\?<\|im_end\|>\n<\|im_start\|>assistant\n[^<]* says? (\S+)\.<")]
    [InlineData("opposites", @"opposite of (\w+)\?<\|im_end\|>\n<\|im_start\|>assistant\n[^<]* is (\w+)\.<")]
    [InlineData("plurals", @"plural of (\w+)\?<\|im_end\|>\n<\|im_start\|>assistant\n[^<]* is (\w+)\.<")]
    [InlineData("days", @"comes after (\w+day)\?<\|im_end\|>\n<\|im_start\|>assistant\n(\w+) ")]
    public void A_question_always_has_the_same_answer(string kind, string pattern)
    {
        ILookup<string, string> answers = Documents.SelectMany(document => Regex.Matches(document, pattern))
            .ToLookup(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.True(answers.Count >= 5, $"Only {answers.Count} {kind} were asked for.");
        foreach (IGrouping<string, string> given in answers)
        {
            Assert.True(given.Distinct().Count() == 1, $"{kind} of {given.Key}: {string.Join(", ", given.Distinct())}");
        }
    }

    [Fact]
    public void Sums_are_right()
    {
        foreach (Match sum in Documents.SelectMany(document => Regex.Matches(document, @"\n(\d+) (plus|minus|times) (\d+) is (\d+)\.")))
        {
            (int a, int b, int result) = (int.Parse(sum.Groups[1].Value), int.Parse(sum.Groups[3].Value), int.Parse(sum.Groups[4].Value));
            Assert.Equal(sum.Groups[2].Value switch { "plus" => a + b, "minus" => a - b, _ => a * b }, result);
        }
    }

    [Fact]
    public void Held_out_documents_are_not_among_the_training_documents()
    {
        var spec = new CorpusSpec { Generator = "plain-english", Documents = 5000, HeldOut = 0.05 };
        TrainingCorpus corpus = TrainingCorpus.Generate(spec, seed: 1);
        Assert.Empty(corpus.HeldOut.Intersect(corpus.Training));
        Assert.Equal(4750, corpus.Training.Count);
        Assert.InRange(corpus.HeldOut.Count, 150, 250);
    }

    [Fact]
    public void The_digest_tells_corpora_apart()
    {
        Assert.Equal(Digest(200, 1), Digest(200, 1));
        Assert.Equal(3, new[] { Digest(200, 1), Digest(200, 2), Digest(201, 1) }.Distinct().Count());
        Assert.Matches("^sha256:[0-9a-f]{64}$", Digest(200, 1));

        static string Digest(int documents, int seed) =>
            TrainingCorpus.Generate(new CorpusSpec { Generator = "plain-english", Documents = documents }, seed).Digest;
    }
}
