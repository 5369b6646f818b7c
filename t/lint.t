#!/usr/bin/perl

# The controls of `make lint`: each check passes a small clean tree, and fails
# once that tree is broken in the way that the check is there for.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use Partner::Test;
use Test::More;

my $checks = Partner::Test->top . '/tools/lint';
my $tree = tempdir(CLEANUP => 1);
my %covered;

my %clean = (
    'libpartner/lp_a.h' => "/*\n * A.\n */\n\nint lp_a(int n);\n",
    'libpartner/lp_a.c' => <<'EOC',
/*
 * A.
 */

#include "lp_a.h"


int
lp_a(int n)
{
    return n + 1;
}
EOC
    'lua-free-tests/unit/test_lp_a.c' => "/*\n * Tests A.\n */\n",
    'lua-free-tests/fuzz/fuzz_a.c' => "/*\n * Fuzzes A.\n */\n",
    'lua-free-tests/fuzz/corpus/a/1' => "x\n",
    'ngx_partner_module/ngx_partner_a.h' => "/*\n * B.\n */\n",
    'ngx_partner_module/ngx_http_partner_a.c' => <<'EOC',
/*
 * C.
 */

#include "lp_a.h"
#include "ngx_partner_a.h"


/* clang-format off */
static ngx_command_t commands[] = {
    { ngx_string("partner_a"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      set },
};

static variable_t variables[] = {
    { ngx_string("partner_v"), ngx_http_partner_v_value },
};

static problem_t problems[] = {
    { 403, "refused", "Refused" },
};
/* clang-format on */
EOC
    'ngx_partner_module/ngx_http_partner_metrics.c' =>
        "/*\n * D.\n */\n\nstatic const char name[] = \"partner_m_total\";\n",
    'upstream-services/contract/errors.json' =>
        qq({"problems": {"conflict": {"status": 409}}}\n),
    'upstream-services/contract/a.json' =>
        qq({"paths": {"/api/keys/{keyId}": )
        . qq({"get": {"operationId": "keys.list"}}}}\n),
    'upstream-services/partnerd/a.c' => "/*\n * E.\n */\n",
    'upstream-services/partnerd/metrics.c' =>
        "/*\n * F.\n */\n\nstatic const char name[] = \"partnerd_n_total\";\n",
    'docs/directives.md' => "## partner_a\n\n| Syntax | `partner_a x;` |\n"
        . "| Context | http, location |\n\n| `\$partner_v` | v |\n",
    'docs/errors.md' => "## Made by the gateway\n\n| `refused` | 403 | x |\n"
        . "\n## Made by the platform\n\n| `conflict` | 409 | x |\n",
    'docs/api.md' => "`keys.list`\n",
    'docs/operations.md' => "| `partner_m_total` | counter |\n"
        . "| `partnerd_n_total` | counter |\n",
    'README.md' => "[docs](docs/api.md)\n",
    'tools/lint/endpoints' => "# Keys\nGET    /api/keys/:id\n",
    't/platform_operations.t' => "#!/usr/bin/perl\nmy %case = (\n"
        . "    'keys.list' => 1,\n);\n",
    'tools/a' => "#!/bin/sh\ntrue\n",
    't/a.t' => "#!/usr/bin/perl\nuse strict;\nprint 1;\n",
);


sub write_file {
    my ($name, $text) = @_;

    make_path(dirname("$tree/$name"));
    open(my $fh, '>', "$tree/$name") or die "$name: $!";
    print $fh $text;
    close($fh) or die "$name: $!";
    chmod(0755, "$tree/$name") if $name =~ m{^tools/\w+$};
}


sub reset_tree {
    remove_tree($tree, { keep_root => 1 });
    copy("$checks/../../.clang-format", "$tree/.clang-format");
    write_file($_, $clean{$_}) for keys %clean;
}


# Runs one check on the tree: (exit status, what it printed).
sub check {
    my ($name) = @_;

    my $said = `"$checks/check-$name" "$tree" 2>&1`;
    return ($? >> 8, $said);
}


# With the file changed, the check must fail and say why.
sub breaks {
    my ($name, $file, $text, $why) = @_;

    reset_tree();
    write_file($file, $text);
    my ($status, $said) = check($name);

    isnt $status, 0, "$name fails: $file";
    like $said, $why, "$name says why: $file";
    $covered{$name} = 1;
}


reset_tree();

for my $check (glob qq("$checks/check-*")) {
    my ($name) = $check =~ /check-(\w+)$/;
    my ($status, $said) = check($name);
    is $status, 0, "$name passes the clean tree" or diag($said);
}

my $c = $clean{'libpartner/lp_a.c'};
my $code = $clean{'ngx_partner_module/ngx_http_partner_a.c'};


sub changed {
    my ($text, $from, $to) = @_;
    $text =~ s/$from/$to/ or die "nothing to change: $from";
    return $text;
}


breaks 'format', 'libpartner/lp_a.c', changed($c, '    return', '  return'),
    qr{lp_a\.c:\d+:\d+: error};

breaks 'cppcheck', 'libpartner/lp_a.c',
    changed($c, '    return', "    int a[2];\n\n    a[2] = n;\n    return"),
    qr{lp_a\.c:13: arrayIndexOutOfBounds};

breaks 'layers', 'libpartner/lp_a.c', "#include <ngx_core.h>\n",
    qr{lp_a\.c: includes ngx_core\.h};
breaks 'layers', 'libpartner/lp_a.c', "#include \"ngx_partner_a.h\"\n",
    qr{not below libpartner};
breaks 'layers', 'libpartner/lp_a.c', "#include <time.h>\n", qr{no clock};
breaks 'layers', 'ngx_partner_module/ngx_partner_a.h',
    "#include <ngx_http.h>\n", qr{knows no request};
breaks 'layers', 'ngx_partner_module/ngx_partner_a.h',
    "#include <libpq-fe.h>\n", qr{PostgreSQL};
breaks 'layers', 'upstream-services/partnerd/a.c',
    "#include \"../../ngx_partner_module/ngx_partner_a.h\"\n",
    qr{no nginx|not below};
breaks 'layers', 'upstream-services/sandbox/a.c',
    "#include <hiredis/hiredis.h>\n", qr{no store};

breaks 'limits', 'libpartner/lp_a.c', "/* A. */\n" . "int a;\n" x 450,
    qr{lp_a\.c: 451 lines};
breaks 'limits', 'libpartner/lp_a.c',
    changed($c, '    return', "    n++;\n" x 81 . '    return'),
    qr{a function of 82 lines};
breaks 'limits', 'libpartner/lp_a.c', "/* " . 'x' x 80 . " */\n",
    qr{86 columns};
breaks 'limits', 'upstream-services/sql/queries/a.sql',
    'SELECT ' . 'x' x 80 . ";\n", qr{88 columns};
breaks 'limits', 'libpartner/lp_a.c', "$c\nint\nlp_b(void)\n{\n}\n",
    qr{two blank lines};
breaks 'limits', 'libpartner/lp_a.c', "int a;\n", qr{says its job};
breaks 'limits', 'libpartner/lp_a.c', "/* A. */\nint a; // b\n",
    qr{comments are};

breaks 'words', 'libpartner/lp_a.c', "/* TO" . "DO: all */\n",
    qr{unfinished mark};
breaks 'words', 'docs/api.md', "See /wo" . "rk/x.\n", qr{one machine};
breaks 'words', 'docs/api.md', "%" . "%LATER%%\n", qr{placeholder};
breaks 'words', 't/a.t', "sle" . "ep 1;\n", qr{do not sleep};
breaks 'words', 'libpartner/lp_a.c', "int a; \n", qr{blanks at the end};
breaks 'words', 'libpartner/lp_a.c', "\tint a;\n", qr{tabulator};
breaks 'words', 'libpartner/lp_a.c', "int a;\r\n", qr{carriage return};
breaks 'words', 'libpartner/lp_a.c', 'int a;', qr{no newline};

breaks 'scripts', 'tools/a', "#!/bin/sh\nif\n", qr{tools/a.*does not parse}s;
breaks 'scripts', 't/a.t', "#!/usr/bin/perl\n{\n", qr{t/a\.t};
breaks 'scripts', 'upstream-services/contract/a.json', "{,}\n", qr{a\.json};
breaks 'scripts', 'bench/a', "#!/bin/sh\n", qr{not executable};

breaks 'mirror', 'libpartner/lp_b.c', "/* B. */\n", qr{test_lp_b\.c is miss};
breaks 'mirror', 'lua-free-tests/unit/test_lp_b.c', "/* B. */\n",
    qr{no libpartner/lp_b\.c or \.h};
breaks 'mirror', 'lua-free-tests/fuzz/fuzz_b.c', "/* B. */\n",
    qr{corpus/b is missing};
breaks 'mirror', 'upstream-services/sql/migrations/0001_b.sql', "SELECT;\n",
    qr{back/0001_b\.sql is missing};

breaks 'docs', 'README.md', "[x](docs/none.md)\n", qr{leads nowhere};
breaks 'docs', 'README.md', "[x](docs/directives.md#partner_b)\n",
    qr{no heading for #partner_b};
breaks 'docs', 'README.md', "\n" x 131, qr{131 lines};

my $file = 'ngx_partner_module/ngx_http_partner_a.c';
breaks 'parity', $file, changed($code, '"partner_a"', '"partner_b"'),
    qr{directive 'partner_b' is missing.*'partner_a' is not in the code}s;
breaks 'parity', $file, changed($code, 'MAIN', 'SRV'),
    qr{directive 'partner_a' has 'http, location'};
breaks 'parity', $file, changed($code, '"partner_v"', '"partner_w"'),
    qr{variable 'partner_w' is missing.*'partner_v' is not in the code}s;
breaks 'parity', $file, changed($code, '403', '404'),
    qr{gateway error 'refused' has '403', in the code '404'};
breaks 'parity', 'ngx_partner_module/ngx_http_partner_metrics.c',
    "/* D. */\nstatic const char name[] = \"partner_n_total\";\n",
    qr{metric 'partner_n_total' is missing};
breaks 'parity', 'upstream-services/partnerd/metrics.c',
    "/* F. */\nstatic const char name[] = \"partnerd_o_total\";\n",
    qr{metric of partnerd's 'partnerd_o_total' is missing};
breaks 'parity', 'conf/prometheus/a.yml', "expr: partner_o_total > 0\n",
    qr{there is no metric 'partner_o_total'};
breaks 'parity', 'docs/errors.md', "## Made by the gateway\n",
    qr{platform error 'conflict' is missing};
breaks 'parity', 'docs/api.md', "`keys.revoke`\n",
    qr{'keys\.list' is missing.*'keys\.revoke' is not in the code}s;

breaks 'parity', 'libpartner/lp_principal.h',
    "#define LP_RATE_LIMIT_MAX 7\n",
    qr{common\.json: no bound.*schema\.sql: no bound}s;

breaks 'parity', 'upstream-services/contract/a.json',
    changed($clean{'upstream-services/contract/a.json'},
        '"operationId"', '"security": [{"key": ["manage:x"]}], "operationId"'),
    qr{nobody can be given the scope 'manage:x'};
breaks 'parity', 't/platform_operations.t', "#!/usr/bin/perl\n",
    qr{operations\.t: operation 'keys\.list' is missing};
breaks 'parity', 'tools/lint/endpoints', "GET /api/keys/:id\nPUT /api/keys\n",
    qr{contract: PUT /api/keys is missing};
breaks 'parity', 'tools/lint/endpoints', "# None\n", qr{names nothing};

for my $check (glob qq("$checks/check-*")) {
    my ($name) = $check =~ /check-(\w+)$/;
    ok $covered{$name}, "$name has a control";
}

done_testing;
