/*
 * The word lists themselves.
 */

#include "words.h"

#define WORDS(name, ...)                                                      \
    static const char *const name##_words[] = { __VA_ARGS__ };                \
    const sb_words_t         name                                             \
        = { name##_words, sizeof(name##_words) / sizeof(name##_words[0]) }


WORDS(sb_given_names, "Amélie", "Björn", "Chidi", "Daniela", "Emre", "Fátima",
      "Gwen", "Håkon", "Ines", "Jürgen", "Kwame", "Ławrence", "Mei", "Niamh",
      "Oluwaseun", "Priya", "Quentin", "Renée", "Siobhán", "Tomáš", "Ulrike",
      "Víctor", "Wanjiru", "晓明", "Ольга", "Zoë");

WORDS(sb_family_names, "Alvarez", "Bérubé", "Castellanos-Ruiz", "Dlamini",
      "Eriksson", "Fernández", "Großmann", "Hernandez", "Iyer", "Jørgensen",
      "Kowalczyk", "Lindqvist", "Müller", "Nakamura", "O'Brien", "Petrović",
      "Quispe", "Rossi", "Şahin", "Thompson", "Uchenna", "van der Berg",
      "Watanabe", "Иванова", "王", "Zieliński");

WORDS(sb_mail_names, "amelie", "bjorn", "chidi", "daniela", "emre", "fatima",
      "gwen", "hakon", "ines", "jurgen", "kwame", "mei", "niamh", "priya",
      "renee", "tomas", "ulrike", "victor", "wanjiru", "zoe");

WORDS(sb_mail_domains, "example.com", "example.org", "example.net",
      "mail.example.com", "post.example.org");

WORDS(sb_phone_ranges, "+1 202 555 01", "+1 415 555 01", "+44 20 7946 00",
      "+44 161 496 00", "+61 2 5550 00");

WORDS(sb_streets, "Rue de l'Église", "Große Straße", "Calle Mayor",
      "King's Road", "Via Roma", "Østergade", "Świętokrzyska", "Main Street",
      "Avenida da Liberdade", "Kungsgatan", "大通り", "Невский проспект");

WORDS(sb_cities, "Lisboa", "Malmö", "Kraków", "Zürich", "São Paulo",
      "Montréal", "Nairobi", "Köln", "Reykjavík", "Łódź", "Austin", "東京");

WORDS(sb_countries, "PT", "SE", "PL", "CH", "BR", "CA", "KE", "DE", "IS", "US",
      "JP");

WORDS(sb_currencies, "EUR", "USD", "GBP", "SEK");

WORDS(sb_relations, "spouse", "parent", "sibling", "friend", "colleague");

WORDS(sb_vehicles, "Škoda Octavia", "Citroën ë-C4", "Toyota Corolla",
      "Volvo EX30", "Hyundai Ioniq 5", "Tesla Model 3");

WORDS(sb_card_brands, "visa", "mastercard", "amex");

WORDS(sb_companies, "Nordlicht GmbH", "Café \"Zur Post\"", "Smith & Sons",
      "Óptica del Sol S.L.", "Blue\\Green Logistics", "株式会社さくら");

WORDS(sb_remarks, "Ring twice, the bell says \"O'Brien\".",
      "Path was C:\\rides\\today, then\ta tab\nand a new line.",
      "Please wait 👋🏽 at the café – gate №7.",
      "Bonjour, je suis près de l'église 😀.", "Left a \"blue\" bag / keys.",
      "Zero-width\u200bspace and a snowman ☃.", "no remarks", "");
