using Alignment.Models.Files;

namespace Alignment.Cli.Options;

/// <summary>
/// The arguments as they were given. The runtime makes replacement characters of bytes that are not UTF-8: a prompt that nobody wrote.
/// </summary>
internal static class ArgumentText
{
    /// <summary>The bytes of this process's arguments, each ended by a zero; Linux has it.</summary>
    private const string CommandLine = "/proc/self/cmdline";

    /// <exception cref="InvalidDataException">One is not UTF-8.</exception>
    public static void Check(IReadOnlyList<string> arguments)
    {
        if (arguments.Any(argument => argument.Contains('\uFFFD')) && File.Exists(CommandLine))
        {
            Check(File.ReadAllBytes(CommandLine), arguments.Count);
        }
    }

    /// <param name="commandLine">The program's own name and more may stand in front.</param>
    /// <param name="count">How many are the arguments.</param>
    private static void Check(ReadOnlySpan<byte> commandLine, int count)
    {
        int first = commandLine.Count((byte)0) - count;
        int i = 0;
        foreach (Range part in commandLine.Split((byte)0))
        {
            if (i >= first)
            {
                StrictText.Decode($"argument {i - first + 1}", commandLine[part]);
            }

            i++;
        }
    }
}
