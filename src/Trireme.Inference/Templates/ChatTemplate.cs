using System.Text.Json;
using Trireme.Inference.Templates.Library;
using Trireme.Inference.Templates.Runtime;
using Trireme.Inference.Templates.Syntax;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates;

/// <summary>
/// A chat template: Jinja with the settings, filters and functions transformers gives model templates. Not supported are what brings in
/// other templates (extends, include, import), random results and a few filters for web pages. Rendering is sandboxed: bounded in steps,
/// depth and text length, and without any way to reach the process. Immutable and thread-safe.
/// </summary>
public sealed class ChatTemplate
{
    private const int SourceLengthMax = 1 << 20;

    private readonly Block _body;
    private readonly bool _readsToolsOfMessages;
    private readonly bool _readsCalls;
    private readonly string? _beginOfSequenceToken;
    private readonly string? _endOfSequenceToken;

    private ChatTemplate(string source, string? beginOfSequenceToken, string? endOfSequenceToken)
    {
        var parser = new StatementParser(source);
        _body = parser.Parse();
        Source = source;
        TakesContentParts = parser.IteratesContent;
        _readsToolsOfMessages = parser.ReadsToolsOfMessages;
        _readsCalls = source.Contains("tool_calls", StringComparison.Ordinal);
        ReadsTools = parser.ReadsTools || _readsToolsOfMessages;
        _beginOfSequenceToken = beginOfSequenceToken;
        _endOfSequenceToken = endOfSequenceToken;
    }

    public string Source { get; }

    /// <summary>
    /// The template goes through the parts of a content list itself. For any other, parts are joined to one text before rendering,
    /// and parts that are not text are refused.
    /// </summary>
    public bool TakesContentParts { get; }

    /// <summary>The template reads the tool definitions; any other tells the model nothing about them.</summary>
    public bool ReadsTools { get; }

    /// <summary>Parses a template; the tokens are what it sees as bos_token and eos_token.</summary>
    /// <exception cref="ChatTemplateException">With the line of the first error.</exception>
    public static ChatTemplate Parse(string source, string? beginOfSequenceToken = null, string? endOfSequenceToken = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > SourceLengthMax) throw new ChatTemplateException(1, $"it is longer than {SourceLengthMax} characters.");
        return new ChatTemplate(source, beginOfSequenceToken, endOfSequenceToken);
    }

    /// <summary>Parses another template for the same model.</summary>
    /// <exception cref="ChatTemplateException">With the line of the first error.</exception>
    public ChatTemplate Replace(string source) => Parse(source, _beginOfSequenceToken, _endOfSequenceToken);

    /// <summary>Renders the prompt's text alone, without what is known of whose words it is: for showing, not for encoding.</summary>
    /// <exception cref="ChatTemplateException">As <see cref="RenderPrompt"/>.</exception>
    public string Render(ChatTemplateInput input) => RenderPrompt(input).Text;

    /// <summary>
    /// Renders the prompt. It holds every special token the model expects, so encode it without adding any:
    /// <c>tokenizer.Encode(prompt, addSpecial: false)</c>. Special tokens are recognised in the template's own text only.
    /// </summary>
    /// <exception cref="ChatTemplateException">
    /// The template refuses the conversation, or does not get along with it: either way the request is at fault, not the server.
    /// </exception>
    public PromptText RenderPrompt(ChatTemplateInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var state = new RenderState(input.TimeProvider);
        var scope = new TemplateScope(state, parent: null);
        GlobalFunctions.AddTo(scope);
        foreach ((string name, JsonElement value) in input.ExtraVariables ?? new Dictionary<string, JsonElement>())
        {
            scope.Set(name, JsonValues.Of(value, state));
        }

        List<object?> messages = ConversationReader.Read(input, TakesContentParts, state);
        List<object?>? tools = input.Tools is { Count: > 0 } given ? [.. given.Select(tool => JsonValues.Of(tool, state))] : null;
        if (_readsToolsOfMessages) MessageTools.Adapt(messages, tools, writesCalls: !_readsCalls, state);

        scope.Set("messages", messages);
        scope.Set("tools", tools);
        scope.Set("add_generation_prompt", input.AddGenerationPrompt);
        if (_beginOfSequenceToken is not null) scope.Set("bos_token", new TemplateText(_beginOfSequenceToken));
        if (_endOfSequenceToken is not null) scope.Set("eos_token", new TemplateText(_endOfSequenceToken));
        _body.Execute(scope);
        TemplateText prompt = state.Output.ToText();
        return new PromptText(prompt.Value, prompt.Spans);
    }
}
