using System.CommandLine;
using Alignment.Cli.Options;
using Alignment.Feedback.Storage;

namespace Alignment.Cli.Commands.Feedback;

/// <summary><c>feedback delete</c>: everything that is stored of one API key.</summary>
internal sealed class DeleteCommand : Command
{
    private readonly Option<FileInfo> _database = FeedbackOptions.Database();

    private readonly Option<string> _tenant = new("--tenant")
    {
        Description = "Whose: the first 16 hexadecimal digits of the API key's SHA-256, or 'anonymous' where no key was asked for.",
        Required = true,
    };

    public DeleteCommand()
        : base("delete", "Delete everything that is stored of one API key, answers and feedback, and overwrite it.")
    {
        Options.Add(_database);
        Options.Add(_tenant);
        SetAction(Run);
    }

    private void Run(ParseResult arguments)
    {
        using FeedbackDatabase database = FeedbackDatabase.OpenExisting(arguments.GetRequiredValue(_database).FullName);
        int deleted = database.DeleteTenant(arguments.GetRequiredValue(_tenant));
        arguments.InvocationConfiguration.Output.WriteLine($"{deleted} answers deleted, with what was said of them");
    }
}
