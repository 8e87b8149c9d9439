using System.Globalization;
using System.Reflection;

namespace Mesh.AppHost.Settings;

/// <summary>What the command line of AppHost says.</summary>
/// <param name="PortOffset">Added to every pinned port, so that two meshes fit one machine. <value>0</value></param>
/// <param name="Demo">Sample services too.</param>
/// <param name="Containers">Redis, Kafka and PostgreSQL as containers instead of the embedded servers.</param>
/// <param name="Help">Only the usage is asked for.</param>
/// <param name="Version">Only the version is asked for.</param>
/// <param name="ForAspire">
/// What is Aspire's own: publishing, and settings written as <c>--Section:Key=value</c> or <c>--NAME_OF_A_VARIABLE=value</c>.
/// </param>
/// <param name="Faults">Everything wrong with the arguments, not only the first.</param>
internal sealed record AppHostOptions(int PortOffset, bool Demo, bool Containers, bool Help, bool Version, IReadOnlyList<string> ForAspire,
    IReadOnlyList<string> Faults)
{
    /// <summary>The highest pinned port is the dashboard's, 7499.</summary>
    private const int MostOffset = 65_535 - 7_499;

    public const string Usage = """
        Usage: dotnet run --project Mesh.AppHost [-- <options>]

          --demo             also start the sample services (hello v1 and v2, greeter), which register themselves
          --port-offset <n>  add n to every port, for a further mesh on this machine (its data goes to .mesh/offset-<n>)
          --containers       Redis, Kafka and PostgreSQL as containers (needs Docker or Podman) instead of embedded servers and SQLite
          --help             this text
          --version          the version

        Environment: MESH_DATA_DIR (data folder), OTEL_EXPORTER_OTLP_ENDPOINT (send telemetry there instead of to the dashboard), NO_COLOR.
        Publishing: --publisher manifest --output-path <file.json> writes the manifest that azd and others deploy from.
        """;

    /// <summary>Reads the arguments.</summary>
    public static AppHostOptions Parse(IReadOnlyList<string> arguments)
    {
        var (offset, demo, containers, help, version) = ((int?)null, false, false, false, false);
        var (forAspire, faults) = (new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var left, var right] ? (left, right) : (arguments[i], null);
            switch (name)
            {
                case "--demo" when value is null:
                    demo = true;
                    break;
                case "--containers" when value is null:
                    containers = true;
                    break;
                case "--help" or "-h" or "-?" when value is null:
                    help = true;
                    break;
                case "--version" when value is null:
                    version = true;
                    break;
                case "--port-offset" when offset is not null:
                    faults.Add("--port-offset is given twice.");
                    if (value is null) i++;
                    break;
                case "--port-offset":
                    value ??= i + 1 < arguments.Count ? arguments[++i] : null;
                    offset = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
                    if (offset is < 0 or > MostOffset)
                        faults.Add($"--port-offset needs a number from 0 to {MostOffset}, not '{value}'.");
                    break;
                case "--operation" or "--publisher" or "--output-path" or "--step" or "--log-level" or "--environment":
                    value ??= i + 1 < arguments.Count ? arguments[++i] : null;
                    if (string.IsNullOrEmpty(value))
                        faults.Add($"{name} needs a value.");
                    // In one piece: apart, a switch without a value before it would be taken for the name of this one.
                    forAspire.Add($"{name}={value}");
                    break;
                case ['-', '-', .. var key]
                    when value is not null && (key.Contains(':') || (key.Contains('_') && !key.Any(char.IsAsciiLetterLower))):
                    forAspire.Add(arguments[i]);
                    break;
                default:
                    faults.Add($"'{arguments[i]}' is not an option.");
                    break;
            }
        }

        var publisher = forAspire.FirstOrDefault(argument => argument.StartsWith("--publisher=", StringComparison.Ordinal));
        if (publisher is not null and not "--publisher=manifest")
            faults.Add($"'{publisher}': the publisher is 'manifest'.");
        else if (publisher is not null && FaultOfOutput(forAspire) is { } fault)
            faults.Add(fault);
        return new AppHostOptions(offset ?? 0, demo, containers, help, version, forAspire, faults);
    }

    // Aspire takes anything else than a .json for a folder, and makes every folder that is not there, without a word.
    private static string? FaultOfOutput(List<string> forAspire)
    {
        const string Option = "--output-path=";
        if (forAspire.LastOrDefault(argument => argument.StartsWith(Option, StringComparison.Ordinal))?[Option.Length..] is not { } path)
            return "--publisher manifest needs --output-path <file>.";
        if (path.Length == 0)
            return null;
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return $"--output-path needs a file that ends with .json, not '{path}'.";
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        return Directory.Exists(folder) ? null : $"--output-path: there is no folder '{folder}' to write the manifest to.";
    }

    /// <summary>Answers what needs no mesh: help, and what is wrong with the arguments. The exit code, or null to go on.</summary>
    public int? Answer(TextWriter output, TextWriter error)
    {
        if (Faults.Count > 0)
        {
            error.WriteLine($"{string.Join('\n', Faults)}\n\n{Usage}");
            return 2;
        }

        if (!Help && !Version)
            return null;
        output.WriteLine(Help
            ? Usage
            : typeof(AppHostOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        return 0;
    }
}
