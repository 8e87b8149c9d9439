namespace Mesh.Cli.Completion;

/// <summary>
/// Scripts that hand the line and the cursor's place to <c>[suggest:n]</c>, which the parser answers with one suggestion a line.
/// PROGRAM and FUNCTION are replaced.
/// </summary>
internal static class CompletionScripts
{
    public const string Bash =
        """
        FUNCTION() {
            local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=($(compgen -W "$(PROGRAM "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F FUNCTION PROGRAM

        """;

    public const string Zsh =
        """
        #compdef PROGRAM
        FUNCTION() {
            local -a suggestions
            suggestions=("${(@f)$(PROGRAM "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -- $suggestions
        }
        compdef FUNCTION PROGRAM

        """;

    public const string Fish =
        """
        complete -c PROGRAM -f -a '(PROGRAM "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'

        """;
}
