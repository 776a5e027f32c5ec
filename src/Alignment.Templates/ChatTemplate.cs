using Alignment.Templates.Library;
using Alignment.Templates.Limits;
using Alignment.Templates.Runtime;
using Alignment.Templates.Statements;
using Alignment.Templates.Syntax;
using Alignment.Templates.Values;

namespace Alignment.Templates;

/// <summary>
/// A chat template in the Jinja dialect of Hugging Face tokenizers (<c>trim_blocks</c> and <c>lstrip_blocks</c> on, loop controls).
/// The interpreter is a closed world: it knows the values handed to it, touches no file, type or network, and stops
/// at a fixed amount of work, output and recursion (<see cref="RenderBudget"/>).
/// </summary>
public sealed class ChatTemplate
{
    private readonly Block _body;
    private readonly TimeProvider _time;
    private readonly Lazy<bool> _hasSystemRole;

    private ChatTemplate(Block body, TimeProvider time)
    {
        _body = body;
        _time = time;
        _hasSystemRole = new Lazy<bool>(ProbeSystemRole);
    }

    /// <summary>Whether a system turn reaches the prompt; some templates drop it silently, others refuse it.</summary>
    public bool HasSystemRole => _hasSystemRole.Value;

    /// <param name="source">the template's text</param>
    /// <param name="time">the clock behind <c>strftime_now</c></param>
    /// <exception cref="ChatTemplateException">the text is not a template; the message names the line</exception>
    public static ChatTemplate Parse(string source, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(TemplateParser.Parse(source), time ?? TimeProvider.System);
    }

    /// <summary>
    /// Renders a conversation. Where the template has no system role, the system text opens the first user turn, as llama.cpp does.
    /// </summary>
    /// <param name="messages">the turns, oldest first; their contents are a client's</param>
    /// <param name="addGenerationPrompt">end with the opening of an assistant turn</param>
    /// <param name="variables">what else the template may read: <c>bos_token</c>, <c>eos_token</c>, <c>tools</c> ...</param>
    /// <param name="cancellation">ends the rendering within milliseconds</param>
    /// <exception cref="ChatTemplateException">the template refuses the messages or exceeds its limits</exception>
    public RenderedPrompt Render(
        IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, object?>? variables = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Dictionary<string, object?> all = variables is null ? [] : new(variables);
        IEnumerable<ChatMessage> turns = messages is [{ Role: "system" }, { Role: "user" }, ..] && !HasSystemRole
            ? WithoutSystemTurn(messages)
            : messages;
        all["messages"] = turns.Select(turn => Turn(turn.Role, turn.Content)).ToList();
        all["add_generation_prompt"] = addGenerationPrompt;
        return Render(all, cancellation);
    }

    /// <summary>
    /// Renders with exactly these variables: null, bool, numbers, strings, lists, string-keyed dictionaries and JSON elements. Their texts
    /// are a client's, except variables that are named <c>..._token</c>, which the model's files say, and the word under <c>role</c>.
    /// </summary>
    /// <exception cref="ChatTemplateException">the template refuses its variables or exceeds its limits</exception>
    public RenderedPrompt Render(IReadOnlyDictionary<string, object?> variables, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(variables);
        var state = new RenderState(_time, cancellation);
        var import = new Import(state.Budget);
        Scope scope = new Scope(state, Globals.All).Child();
        foreach ((string name, object? value) in variables)
        {
            scope.Set(name, import.Variable(name, value));
        }

        _body.Execute(scope);
        return Prompt(state);
    }

    private static RenderedPrompt Prompt(RenderState state)
    {
        state.Budget.Make(2L * state.Output.Length);
        TemplateText text = state.Output.ToText();
        return new RenderedPrompt(text.Value, Array.ConvertAll(text.ClientWithin(0, text.Length).ToArray(), part => part.Start..part.End));
    }

    private static IEnumerable<ChatMessage> WithoutSystemTurn(IReadOnlyList<ChatMessage> messages) =>
        messages.Skip(2).Prepend(messages[1] with { Content = $"{messages[0].Content}\n{messages[1].Content}" });

    private bool ProbeSystemRole()
    {
        const string Mark = "\uE000system\uE000";
        object?[] turns = [Turn("system", Mark), Turn("user", "x")];
        try
        {
            var variables = new Dictionary<string, object?> { ["messages"] = turns, ["bos_token"] = "", ["eos_token"] = "" };
            return Render(variables).Text.Contains(Mark, StringComparison.Ordinal);
        }
        catch (ChatTemplateException)
        {
            return false;
        }
    }

    private static Dictionary<string, object?> Turn(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
