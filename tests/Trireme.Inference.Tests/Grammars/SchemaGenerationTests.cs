using CsCheck;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Tests.Grammars;

public sealed class SchemaGenerationTests
{
    [Fact]
    public void A_model_without_sense_writes_valid_documents_of_any_schema_within_any_length()
    {
        int refused = 0, written = 0, cut = 0;
        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                var random = new Random(seed);
                string schema = new RandomSchema(random).Make();
                if (TryCompile(schema) is not { } grammar)
                {
                    Interlocked.Increment(ref refused);
                    return;
                }

                for (int i = 0; i < 2; i++)
                {
                    // The first answer has not one token to spare.
                    int tokensMax = grammar.ShortestTokens + (i == 0 ? 0 : random.Next(120));
                    if (tokensMax == 0) continue;
                    (string text, bool ended) = TestGrammars.Write(grammar, random, tokensMax, endBias: random.Next(8));
                    string? violation = SchemaValidator.FindViolation(schema, text);
                    Assert.True(violation is null, $"{violation}\n{schema}\n{text}");
                    Interlocked.Increment(ref written);
                    if (!ended) Interlocked.Increment(ref cut);
                }
            },
            iter: 2_000,
            threads: 1);
        Assert.InRange(refused, 0, 200);
        Assert.True(written > 3_500);
        Assert.True(cut > 50, $"Only {cut} answers reached their limit.");
    }

    [Fact]
    public void Json_mode_writes_objects_that_every_reader_takes()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.JsonObject);
        var random = new Random(8);
        for (int i = 0; i < 300; i++)
        {
            (string text, _) = TestGrammars.Write(grammar, random, random.Next(1, 150));
            Assert.Null(SchemaValidator.FindViolation("""{"type":"object"}""", text));
        }
    }

    [Fact]
    public void The_first_tokens_of_an_answer_do_not_depend_on_a_far_limit()
    {
        CompiledGrammar grammar = TestGrammars.Schema("""{"type":"array","items":{"type":"integer"},"minItems":30,"maxItems":30}""");
        (string near, _) = TestGrammars.Write(grammar, new Random(3), 400);
        (string far, _) = TestGrammars.Write(grammar, new Random(3), 4_000);
        Assert.Equal(far, near);
    }

    [Fact]
    public void Mutated_schemas_compile_or_are_refused_and_never_crash_or_hang()
    {
        var random = new Random(12);
        const string Fragments =
            "{ } [ ] , : \"type\" \"$ref\" \"#\" \"allOf\" \"anyOf\" \"not\" true null 1e9 -1 \"minItems\" \"pattern\" \"(a|b){9}\"";
        int compiled = 0;
        for (int i = 0; i < 1_000; i++)
        {
            string schema = Trireme.Inference.Tests.Formats.Mutation.Of(new RandomSchema(random).Make(), random, Fragments);
            if (TryCompile(schema) is not { } grammar) continue;
            compiled++;
            int tokensMax = Math.Clamp(grammar.ShortestTokens, 1, 100);
            if (grammar.ShortestTokens <= tokensMax) TestGrammars.Write(grammar, random, tokensMax);
        }

        Assert.InRange(compiled, 30, 970);
    }

    private static CompiledGrammar? TryCompile(string schema)
    {
        try
        {
            return TestGrammars.Schema(schema);
        }
        catch (GrammarException)
        {
            return null;
        }
    }
}
