using Trireme.Testing;

namespace Trireme.Inference.Tests.Templates;

/// <summary>
/// Compares with @huggingface/jinja, the implementation that JavaScript programs render chat templates with. GoldenTests compare with
/// Jinja itself, which decides wherever the two differ.
/// </summary>
public sealed class JavaScriptTests
{
    private const string OneMessage = """{"messages":[{"role":"user","content":"hello"}]}""";

    private static readonly TemplateCase[] FamilyCases =
    [
        .. FamilyConversations.TemplateNames.SelectMany(template =>
            FamilyConversations.ConversationNames.Select(conversation => FamilyConversations.Case(template, conversation))),
    ];

    private static readonly Lazy<Task<List<Rendering>>> Families = new(() => Rendering.TheirsAsync(FamilyCases));

    private static readonly Lazy<Task<List<Rendering>>> Snippets = new(() => Rendering.TheirsAsync(
        [.. JavaScriptSnippets.Same.Select(Snippet), .. JavaScriptSnippets.Different.Select(item => Snippet(item.Template))]));

    public static TheoryData<string, string> FamilyNames
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (string template in FamilyConversations.TemplateNames)
            {
                foreach (string conversation in FamilyConversations.ConversationNames) names.Add(template, conversation);
            }

            return names;
        }
    }

    public static TheoryData<string> SameSnippets => [.. JavaScriptSnippets.Same];

    public static TheoryData<string> DifferentSnippets => [.. JavaScriptSnippets.Different.Select(item => item.Template)];

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public async Task A_template_of_a_family_renders_as_in_JavaScript(string template, string conversation)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        TemplateCase item = FamilyConversations.Case(template, conversation);
        int index = Array.FindIndex(FamilyCases, candidate => candidate.Template == item.Template && candidate.Variables == item.Variables);

        Assert.Equal((await Families.Value)[index], Rendering.Ours(item));
    }

    [Theory]
    [MemberData(nameof(SameSnippets))]
    public async Task A_part_of_the_language_renders_as_in_JavaScript(string template)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        int index = Array.IndexOf(JavaScriptSnippets.Same, template);

        Assert.Equal((await Snippets.Value)[index], Rendering.Ours(Snippet(template)));
    }

    [Theory]
    [MemberData(nameof(DifferentSnippets))]
    public async Task Where_JavaScript_differs_from_Jinja_this_follows_Jinja(string template)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        int index = Array.FindIndex(JavaScriptSnippets.Different, item => item.Template == template);
        JavaScriptDifference difference = JavaScriptSnippets.Different[index];

        Assert.Equal(difference.Ours, Rendering.Ours(Snippet(template)).Text);
        Assert.Equal(difference.Theirs, (await Snippets.Value)[JavaScriptSnippets.Same.Length + index].Text);
    }

    [Fact]
    public async Task Random_conversations_render_as_in_JavaScript()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        Random random = FuzzRounds.Random(41);
        TemplateCase[] cases = [.. Enumerable.Range(0, FuzzRounds.Of(600)).Select(_ => FamilyConversations.Random(random))];

        List<Rendering> theirs = await Rendering.TheirsAsync(cases);

        int rendered = 0;
        for (int i = 0; i < cases.Length; i++)
        {
            Rendering ours = Rendering.Ours(cases[i]);
            Assert.True(theirs[i] == ours, $"{cases[i].Variables}\n{cases[i].Template}\nours: {ours}\ntheirs: {theirs[i]}");
            if (ours.Text is not null) rendered++;
        }

        Assert.InRange(rendered, cases.Length / 3, cases.Length - 1);
    }

    private static TemplateCase Snippet(string template) => new(template, OneMessage) { Raises = ["stop"] };
}
